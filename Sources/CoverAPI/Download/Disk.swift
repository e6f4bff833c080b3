import NIOPosix

/// Threads for calls that wait for a disk. A slow one must hold up neither queries nor the threads on which tasks run.
enum Disk {
    /// They begin with the first call, and there are no more of them, however many files are written.
    private static let threads: NIOThreadPool = {
        let threads = NIOThreadPool(numberOfThreads: 4)
        threads.start()
        return threads
    }()

    /// Runs `work`, also in a task that is cancelled: what is to be cleared away must be cleared away.
    static func run<Value: Sendable>(_ work: @escaping @Sendable () throws(FileError) -> Value) async throws(FileError)
        -> Value
    {
        let result: Result<Value, FileError> = await withCheckedContinuation { continuation in
            threads.submit { _ in
                do throws(FileError) { continuation.resume(returning: .success(try work())) } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        }
        return try result.get()
    }
}
