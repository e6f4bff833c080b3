/// A session's life: from the first byte to the reason why it ended.
extension Session {
    /// Runs the session to its end. To be called once. Cancelling the task stops the session, as ``stop()`` does.
    ///
    /// The thread that reads may outlive the call where the transport cannot wake it; it touches nothing then.
    ///
    /// - Throws: ``TransportError`` where the system has no threads to give.
    public func run() async throws -> SessionEnd {
        try SessionThread.start { self.outbox.runWriter() }
        try SessionThread.start { self.runReader() }
        defer {
            outbox.close()
            transport.close()
        }
        return await withTaskCancellationHandler {
            await withTaskGroup(of: Void.self) { group in
                defer { group.cancelAll() }
                var watchesForStall = false
                for await event in events {
                    switch event {
                    case .drained: return await flushed(.endOfInput, limit: configuration.stallLimit)
                    case .exit(let afterShutdown):
                        failInFlight(.ended)
                        return await flushed(.exit(afterShutdown: afterShutdown), limit: configuration.stopLimit)
                    case .stop:
                        failInFlight(.ended)
                        return await flushed(.stopped, limit: configuration.stopLimit)
                    case .outputFailed:
                        return .outputClosed
                    case .stalled:
                        outbox.abandon()
                        return .peerStalled
                    case .outputFull where !watchesForStall:
                        watchesForStall = true
                        group.addTask { await self.watchForStall() }
                    case .outputFull:
                        break
                    case .outputMoves:
                        watchesForStall = false
                    }
                }
                return .stopped
            }
        } onCancel: {
            stop()
        }
    }

    /// Looks, for as long as the queue is full, whether the peer reads at all.
    private func watchForStall() async {
        var written = outbox.progress.writtenBytes
        var idleLooks = 0
        while idleLooks < Self.looksPerStallLimit {
            do { try await clock.sleep(for: configuration.stallLimit / Self.looksPerStallLimit) } catch { return }
            let progress = outbox.progress
            guard progress.isFull else {
                eventSource.yield(.outputMoves)
                return
            }
            idleLooks = progress.writtenBytes == written ? idleLooks + 1 : 0
            written = progress.writtenBytes
        }
        eventSource.yield(.stalled)
    }

    private static let looksPerStallLimit = 10

    /// Waits until all that is queued is written, as long as the peer reads at all within the limit.
    private func flushed(_ end: SessionEnd, limit: Duration) async -> SessionEnd {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                var written = self.outbox.progress.writtenBytes
                while (try? await self.clock.sleep(for: limit)) != nil {
                    let now = self.outbox.progress.writtenBytes
                    if now == written || end != .endOfInput { return self.outbox.abandon() }
                    written = now
                }
            }
            await outbox.waitUntilIdle()
            group.cancelAll()
        }
        return end
    }
}
