// Dispatch does not say that its sources may be shared; they may.
@unsafe @preconcurrency import Dispatch

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Signals as a stream, in place of what they do by themselves. They stay caught until the process ends.
enum Signals {
    /// Those by which people and systems end a command.
    static let endings = [SIGINT, SIGTERM, SIGHUP]

    static func stream(of numbers: [Int32]) -> AsyncStream<Int32> {
        let (stream, continuation) = AsyncStream.makeStream(of: Int32.self)
        let sources = numbers.compactMap { number -> (any DispatchSourceSignal)? in
            // Dispatch sees a signal that is ignored; SIGCONT and SIGWINCH do nothing to a process anyway.
            let previous = signal(number, SIG_IGN)
            // Under nohup the end of the terminal is not the end of the command.
            if number == SIGHUP, isIgnoring(previous) { return nil }
            let source = DispatchSource.makeSignalSource(signal: number)
            source.setEventHandler { continuation.yield(number) }
            source.activate()
            return source
        }
        continuation.onTermination = { _ in for source in sources { source.cancel() } }
        return stream
    }

    private static func isIgnoring(_ handler: (@convention(c) (Int32) -> Void)?) -> Bool {
        unsafe unsafeBitCast(handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
    }

    /// Runs `body`, and cancels it when somebody ends the command.
    ///
    /// - Throws: what `body` throws; a ``Failure`` with code 130 after a signal.
    static func endingEarly(_ advice: String, _ body: @escaping @Sendable () async throws -> Void) async throws {
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
