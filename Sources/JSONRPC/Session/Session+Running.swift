import Synchronization

/// A session's life: from the first byte to the reason why it ended.
extension Session {
    /// Begins to read and to answer, before anybody waits for the end in ``run()``. Where not called, that does it.
    ///
    /// - Throws: ``TransportError`` where the system has no threads to give.
    public func start() throws {
        let isFirst = state.withLock { state in
            defer { state.hasStarted = true }
            return !state.hasStarted
        }
        guard isFirst else { return }
        try SessionThread.start { self.outbox.runWriter() }
        try SessionThread.start { self.runReader() }
    }

    /// Runs the session to its end. To be called once. Cancelling the task stops the session, as ``stop()`` does.
    ///
    /// The thread that reads may outlive the call where the transport cannot wake it; it touches nothing then.
    ///
    /// - Throws: ``TransportError`` where the system has no threads to give.
    public func run() async throws -> SessionEnd {
        defer {
            outbox.close()
            transport.close()
        }
        try start()
        // A task of its own, which nobody cancels: a cancelled one could not wait for the last answers to be sent.
        let life = Task { await live() }
        return await withTaskCancellationHandler {
            await life.value
        } onCancel: {
            stop()
        }
    }

    private func live() async -> SessionEnd {
        await withTaskGroup(of: Void.self) { group in
            defer {
                failInFlight()
                group.cancelAll()
            }
            var watchesForStall = false
            for await event in events {
                switch event {
                case .drained:
                    group.addTask {
                        await self.outbox.waitUntilFlushed()
                        self.eventSource.yield(.flushed)
                    }
                    group.addTask { await self.watchForStall { true } }
                case .flushed: return outputEnd ?? inputEnd
                case .exit(let afterShutdown): return await flushed(.exit(afterShutdown: afterShutdown))
                case .stop: return await flushed(.stopped)
                case .outputFailed: return outputEnd ?? .outputClosed
                case .hungUp:
                    // Nothing moves any more, and nothing may wait for it.
                    outbox.abandon()
                    return .outputClosed
                case .stalled:
                    outbox.abandon()
                    return .peerStalled
                case .outputFull where !watchesForStall:
                    watchesForStall = true
                    group.addTask { await self.watchForStall { self.outbox.progress.isFull } }
                case .outputFull:
                    break
                case .outputMoves:
                    // It may have filled again before this was read.
                    watchesForStall = outbox.progress.isFull
                    if watchesForStall { group.addTask { await self.watchForStall { self.outbox.progress.isFull } } }
                }
            }
            return .stopped
        }
    }

    /// How the input has ended, once it has. A peer that went away is its end.
    private var inputEnd: SessionEnd {
        guard let failure = state.withLock(\.inputFailure), !failure.isHangUp else { return .endOfInput }
        return .inputFailed(failure)
    }

    /// How the output has ended, if it has.
    private var outputEnd: SessionEnd? {
        outbox.failure.map { $0.isHangUp ? .outputClosed : .outputFailed($0) }
    }

    /// Looks whether the peer reads at all, for as long as there is need to.
    private func watchForStall(while isNeeded: () -> Bool) async {
        var written = outbox.progress.writtenBytes
        var idleLooks = 0
        while idleLooks < Self.looksPerStallLimit {
            do { try await clock.sleep(for: configuration.stallLimit / Self.looksPerStallLimit) } catch { return }
            guard isNeeded() else {
                eventSource.yield(.outputMoves)
                return
            }
            let now = outbox.progress.writtenBytes
            idleLooks = now == written ? idleLooks + 1 : 0
            written = now
        }
        eventSource.yield(.stalled)
    }

    private static let looksPerStallLimit = 10

    /// Answers what is in flight, and waits until all that is queued is written, or the time for it is over. A third of that time is for
    /// what has to be settled before an answer.
    private func flushed(_ end: SessionEnd) async -> SessionEnd {
        cancelInFlight()
        var limit = configuration.stopLimit
        if state.withLock(\.unanswered) > 0 {
            let third = limit / 3
            limit -= third
            await during(waitUntilAnswered, at: third, failInFlight)
        }
        await during(outbox.waitUntilFlushed, at: limit, outbox.abandon)
        if case .outputFailed(let error)? = outputEnd, error != Outbox.abandoned { return .outputFailed(error) }
        return end
    }

    /// Waits, and does something where that takes too long, by which the wait ends.
    private func during(
        _ wait: () async -> Void,
        at limit: Duration,
        _ giveUp: @escaping @Sendable () -> Void
    ) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                do { try await self.clock.sleep(for: limit) } catch { return }
                giveUp()
            }
            await wait()
            group.cancelAll()
        }
    }
}
