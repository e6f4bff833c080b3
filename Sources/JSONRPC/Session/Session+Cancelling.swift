import Synchronization

/// The ways in which a request ends before its work ends: the peer cancels the request, or the session ends.
extension Session {
    func cancel(_ id: RequestID) {
        let isAnswered = configuration.cancellation.isAnswered
        let cancelled = state.withLock { state in
            state.inFlight.cancel(id) { isAnswered ? .cancelled(effect: $0) : nil }
        }
        if let (id, entry) = cancelled { conclude(id, entry) }
    }

    /// Cancels all requests in flight. A request with an `onCancel` is answered after `onCancel` has run; see
    /// ``waitUntilAnswered()``.
    func cancelInFlight() {
        let codes = configuration.codes
        let entries = state.withLock { state in
            state.phase = .ending
            return state.inFlight.cancelAll { .ended(codes, effect: $0) }
        }
        for (id, entry) in entries { conclude(id, entry) }
        outbox.wake()
    }

    /// Answers all requests in flight at once, without waiting for `onCancel`, and cancels their tasks.
    func failInFlight() {
        let entries = state.withLock { state in
            state.phase = .ending
            return state.inFlight.removeAll()
        }
        let codes = configuration.codes
        for (id, entry) in entries {
            let refusal = entry.refusal { effect in
                if let effect { state.withLock { $0.openEffects.append(effect) } }
                return .ended(codes, effect: effect)
            }
            close(id, entry, refusal)
            entry.task?.cancel()
        }
    }

    /// Waits until every accepted request is answered.
    func waitUntilAnswered() async {
        await withCheckedContinuation { continuation in
            let isAnswered = state.withLock { state in
                if state.unanswered > 0 { state.answeredWaiter = continuation }
                return state.unanswered == 0
            }
            if isAnswered { continuation.resume() }
        }
    }

    /// Answers a cancelled request: at once, or after its `onCancel` has run.
    private func conclude(_ id: RequestID, _ entry: InFlightTable.Entry) {
        let refusal = entry.refusal { _ in nil }
        guard let onCancel = entry.onCancel else {
            close(id, entry, refusal)
            entry.task?.cancel()
            return
        }
        entry.task?.cancel()
        // The task runs at once up to its first suspension. So what `onCancel` undoes is undone before the next message
        // is read.
        let task = Task.immediate {
            var refusal = refusal
            do { try await onCancel() } catch { refusal = refusal.map { _ in RPCError(of: error) } }
            guard let (id, entry) = self.state.withLock({ $0.inFlight.settle(id, entry.requestNumber) }) else { return }
            self.close(id, entry, refusal)
            self.outbox.wake()
        }
        _ = state.withLock { $0.inFlight.attach(task, to: id, entry.requestNumber) }
    }

    /// - Parameter refusal: nil for a request that gets no answer.
    private func close(_ id: RequestID, _ entry: InFlightTable.Entry, _ refusal: RPCError?) {
        if let refusal {
            respond(id.bytes, .failure(refusal), entry.destination)
        } else if case .batch(let ledger, let index) = entry.destination {
            enter(nil, in: ledger, at: index, nil)
        }
        settleOne()
    }
}
