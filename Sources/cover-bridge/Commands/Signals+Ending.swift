import CoverTerminal

extension Signals {
    static func stream(of numbers: [Int32]) -> AsyncStream<Int32> {
        stream(of: numbers, except: ProcessStart.ignoredSignals)
    }

    /// Runs `body`, and cancels it when somebody ends the command.
    ///
    /// - Throws: what `body` throws; a ``Failure`` with code 130 after a signal.
    package static func endingEarly(_ advice: String, _ body: @escaping @Sendable () async throws -> Void) async throws
    {
        let signals = stream(of: endings)
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await body()
                return true
            }
            group.addTask {
                for await _ in signals { return false }
                return true
            }
            let isDone = try await group.next() ?? true
            group.cancelAll()
            if isDone { return }
            throw Failure(code: .interrupted, message: advice)
        }
    }
}
