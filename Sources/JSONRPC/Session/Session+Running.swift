import Synchronization

/// The life of a session, from its start to the reason why it ended.
extension Session {
    /// Begins to read messages and to answer them. ``run()`` calls this if the caller has not called it before.
    ///
    /// - Throws: ``TransportError`` if the system cannot create a thread.
    public func start() throws {
        let isFirst = state.withLock { state in
            defer { state.hasStarted = true }
            return !state.hasStarted
        }
        guard isFirst else { return }
        try SessionThread.start { self.outbox.runWriter() }
        try SessionThread.start { self.runReader() }
    }

    /// Runs the session until it ends. Call it once. Cancelling the task stops the session like ``stop()``.
    ///
    /// If the transport cannot wake the reader's thread, that thread may continue after this call returns. In that
    /// case, the thread has no further effect.
    ///
    /// - Throws: ``TransportError`` if the system cannot create a thread.
    public func run() async throws -> SessionEnd {
        defer {
            outbox.close()
            transport.close()
        }
        try start()
        // The session runs in a separate task, which is never cancelled. A cancelled task could not wait until the last
        // answers are sent.
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
                endRequests()
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
                    // No more output is possible, so nothing may wait for it.
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
                    // The queue may be full again before this event is handled.
                    watchesForStall = outbox.progress.isFull
                    if watchesForStall { group.addTask { await self.watchForStall { self.outbox.progress.isFull } } }
                }
            }
            return .stopped
        }
    }

    /// How the input ended. A peer that closed the connection counts as the end of the input.
    private var inputEnd: SessionEnd {
        guard let failure = state.withLock(\.inputFailure), !failure.isHangUp else { return .endOfInput }
        return .inputFailed(failure)
    }

    /// How the output ended; nil while it works.
    private var outputEnd: SessionEnd? {
        outbox.failure.map { $0.isHangUp ? .outputClosed : .outputFailed($0) }
    }

    /// Checks again and again whether the peer reads any bytes, while `isNeeded` returns true.
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

    /// Answers all requests in flight, and waits until all queued bytes are written or the time is over. One third of
    /// the time is for `onCancel` functions.
    private func flushed(_ end: SessionEnd) async -> SessionEnd {
        cancelInFlight()
        var limit = configuration.stopLimit
        if state.withLock(\.unanswered) > 0 {
            let third = limit / 3
            limit -= third
            await during(waitUntilAnswered, at: third, failInFlight)
        }
        await during(outbox.waitUntilFlushed, at: limit, outbox.abandonUnwritten)
        guard case .outputFailed(let error)? = outputEnd else { return end }
        return error == Outbox.abandoned ? .outputUnread(afterStop: end == .stopped) : .outputFailed(error)
    }

    /// Waits for `wait`. If this takes too long, the given function is called, and must end the wait.
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
