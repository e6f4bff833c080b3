import NIOPosix

/// Calls that block their thread, on threads that are there for that: a slow disk or a name lookup must hold up neither queries nor the
/// threads on which tasks run, nor the one the other.
struct BlockingWork {
    static let disk = BlockingWork()
    static let names = BlockingWork()

    private let threads: NIOThreadPool

    /// The threads begin with the first call, and there are no more of them, however many files are written.
    private init() {
        threads = NIOThreadPool(numberOfThreads: 4)
        threads.start()
    }

    /// Waits for the end of `work`, also in a task that is cancelled: what is to be cleared away must be cleared away.
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

    /// A task that is cancelled does not wait for `work`, which goes on alone: the system cannot be interrupted in a name lookup.
    func runUnlessCancelled<Value: Sendable>(
        _ work: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        let (results, sink) = AsyncStream.makeStream(of: Result<Value, any Error>.self)
        threads.submit { _ in sink.yield(Result { try work() }) }
        for await result in results { return try result.get() }
        throw CancellationError()
    }
}
