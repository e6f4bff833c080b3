import CoverModel
import CoverTerminal

extension Signals {
    static func stream(of numbers: [Int32]) -> AsyncStream<Int32> {
        stream(of: numbers, except: ProcessStart.ignoredSignals)
    }

    /// Runs `body`, and cancels it when a signal ends the command.
    ///
    /// - Throws: what `body` throws; ``Failure`` with code 130 after a signal.
    static func endingEarly(_ advice: String, _ body: @escaping @Sendable () async throws -> Void) async throws {
        guard try await cancelling(body) else { throw Failure(code: .interrupted, message: advice) }
    }

    /// How long `body` may still run after a signal. If a user has paused the terminal, a write may block although
    /// there seemed to be room. No signal interrupts such a write.
    private static let patience = Duration.seconds(5)

    /// Runs `body`, and cancels it when a signal ends the command. If `body` does not end soon after that, the process
    /// ends with code 130.
    ///
    /// - Returns: whether `body` ended by itself.
    static func cancelling(_ body: @escaping @Sendable () async throws -> Void) async throws -> Bool {
        let signals = stream(of: endings)
        return try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await body()
                return true
            }
            group.addTask {
                for await _ in signals { return false }
                return true
            }
            let hasEnded = try await group.next() ?? true
            group.cancelAll()
            if hasEnded { return true }
            let limit = Task {
                try await Timeline.system.sleep(for: patience)
                endProcess(with: .interrupted)
            }
            defer { limit.cancel() }
            _ = await group.nextResult()
            return false
        }
    }
}
