package import CoverModel
import Synchronization

extension WatchEngine {
    /// Watches tasks. Each watch ends with one final change or one `ended` event. When this returns, the journal has
    /// stored the watches. The engine emits nothing about them before the result is activated. For a watched task, the
    /// call sets a new interval and deadline.
    ///
    /// - Parameter isPersistent: whether the watches outlive this process, if the journal is persistent.
    /// - Throws: what the journal throws; `shuttingDown` if the engine has stopped; `CancellationError`.
    package func watch(
        _ taskIds: [TaskID],
        interval: Duration,
        timeout: Duration? = nil,
        isPersistent: Bool = true
    ) async throws -> PendingWatch {
        let pending = try register(taskIds, interval: interval, timeout: timeout, isPersistent: isPersistent)
        try await pending.commit()
        return pending
    }

    /// The first half of ``watch(_:interval:timeout:)``. This method waits for nothing, so calls take effect in their
    /// order. The caller then commits the result. If the caller drops the result without a commit, the watches are
    /// rolled back.
    package func register(
        _ taskIds: [TaskID],
        interval: Duration,
        timeout: Duration? = nil,
        isPersistent: Bool = true
    ) throws -> PendingWatch {
        let decision = try decide { table in
            let callNumber = table.nextCallNumber()
            let moment = timeline.moment
            let watches = table.watch(
                taskIds,
                interval: interval,
                timeout: timeout,
                isPersistent: isPersistent,
                callNumber: callNumber,
                at: moment
            )
            return (callNumber, watches)
        }
        let (number, watches) = decision.value
        return PendingWatch(number, watches, in: self)
    }

    /// Ends watches at once and without an event. When `settled()` of the result has returned, the engine emits nothing
    /// more about them.
    ///
    /// - Returns: the tasks that were watched.
    package func unwatch(_ taskIds: [TaskID]) throws -> Decision<[TaskID]> {
        try decide { $0.unwatch(taskIds, at: timeline.now) }
    }

    /// Notes in the journal that the user no longer wants to see the present entries of these tasks, whether they are
    /// watched or not. Everything that is decided later is stored later, so a task that is watched again has new entries.
    package func dismiss(_ taskIds: [TaskID]) throws { _ = try decide { $0.dismiss(taskIds) } }

    /// Waits until a task is final, whether it is watched or not. The wait can be cancelled.
    ///
    /// - Throws: ``WaitTimeout``; the `CoverError` that rules out a final status; `CancellationError`.
    package func wait(for taskId: TaskID, timeout: Duration? = nil) async throws -> CoverStatus {
        if let status = try await finalStatuses(of: [taskId])[taskId] { return status }
        let waiter = Mutex<WaiterID?>(nil)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                enter(continuation) { state in
                    let id = state.table.wait(for: taskId, timeout: timeout, at: timeline.moment)
                    state.waiters[id] = continuation
                    waiter.withLock { $0 = id }
                }
                // The task was cancelled before the waiter was stored.
                if Task.isCancelled { abandon(waiter.withLock(\.self)) }
            }
        } onCancel: {
            abandon(waiter.withLock(\.self))
        }
    }

    /// Waits until the engine has emitted everything that was due at the time of the call. That is every change that
    /// was already read, and every change found by a query that was due at that time. A query can be slow, or the
    /// budget or a pause of the host can delay it. The method waits for such queries at most five seconds. If
    /// ``run(emit:)`` has not begun, the method first waits until it begins.
    ///
    /// - Returns: the sequence number of the last emitted entry.
    package func sync() async throws -> Int64 {
        try await withCheckedThrowingContinuation { continuation in
            enter(continuation) { state in
                let moment = timeline.moment
                let barrier = state.table.addBarrier(at: moment)
                state.barriers[barrier] = continuation
                state.table.settleBarriers(at: moment.now)
            }
        }
        return state.withLock(\.emittedSequence)
    }

    /// The final statuses that the journal has. A success without images is left out, because it may have images by
    /// now.
    func finalStatuses(of taskIds: [TaskID]) async throws -> [TaskID: CoverStatus] {
        try await journal.finalStatuses(of: taskIds).filter { $0.value.state != .succeeded || !$0.value.images.isEmpty }
    }

    private func abandon(_ waiter: WaiterID?) {
        guard let waiter else { return }
        let continuation = update { state in
            state.table.abandon(waiter, at: timeline.now)
            return state.waiters.removeValue(forKey: waiter)
        }
        continuation?.resume(throwing: CancellationError())
    }

    /// A decision that has been made, and is not yet committed and emitted.
    package struct Decision<Value: Sendable>: Sendable {
        package let value: Value
        fileprivate let engine: WatchEngine

        /// Returns when the journal has stored the decision and everything decided before it has been emitted. It waits
        /// for ``WatchEngine/run(emit:)``.
        package func settled() async throws -> Value {
            try await engine.reachEndOfQueue()
            return value
        }
    }

    private func decide<Value: Sendable>(_ body: (inout WatchTable) -> Value) throws -> Decision<Value> {
        try update { state in
            if let refusal = state.refusal { throw refusal }
            return Decision(value: body(&state.table), engine: self)
        }
    }

    /// Returns when everything decided by now has been committed and emitted.
    func reachEndOfQueue() async throws {
        try await withCheckedThrowingContinuation { continuation in
            enter(continuation) { $0.queue.append(.reached(continuation)) }
        }
    }

    /// Hands a continuation to the engine, which resumes it later. If the engine has stopped, the continuation fails at
    /// once.
    private func enter<T>(_ continuation: CheckedContinuation<T, any Error>, _ body: (inout State) -> Void) {
        let refusal: (any Error)? = update { state in
            if let refusal = state.refusal { return refusal }
            body(&state)
            return nil
        }
        if let refusal { continuation.resume(throwing: refusal) }
    }
}
