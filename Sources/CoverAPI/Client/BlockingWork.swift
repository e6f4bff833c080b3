import NIOPosix

/// Runs blocking calls on threads of their own. A slow disk or name lookup must not delay queries, the cooperative
/// pool, or the other kind of blocking work.
struct BlockingWork {
    static let disk = BlockingWork()
    static let names = BlockingWork()

    private let threads: NIOThreadPool

    /// The threads start with the first call. Their number is fixed and does not depend on how many files are written.
    private init() {
        threads = NIOThreadPool(numberOfThreads: 4)
        threads.start()
    }

    /// Waits until `work` ends, even if the task is cancelled, because cleaning up must finish.
    func run<Value: Sendable, Fault: Error>(
        _ work: @escaping @Sendable () throws(Fault) -> Value
    ) async throws(Fault) -> Value {
        let result: Result<Value, Fault> = await withCheckedContinuation { continuation in
            threads.submit { _ in
                do throws(Fault) { continuation.resume(returning: .success(try work())) } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        }
        return try result.get()
    }

    /// Waits until `work` ends, or until the task is cancelled. The work then continues alone, because a name lookup
    /// cannot be interrupted.
    func runUnlessCancelled<Value: Sendable>(
        _ work: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        let (results, sink) = AsyncStream.makeStream(of: Result<Value, any Error>.self)
        threads.submit { _ in sink.yield(Result { try work() }) }
        for await result in results { return try result.get() }
        throw CancellationError()
    }
}
