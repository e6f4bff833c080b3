import Dispatch

/// Work that can hold up its thread, on a thread that is there for that.
enum BlockingWork {
    private static let queue = DispatchQueue(label: "blocking-work", attributes: .concurrent)

    /// A task that is cancelled does not wait for the work, which goes on alone: the system cannot be interrupted in a name lookup.
    static func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        let (results, sink) = AsyncStream.makeStream(of: Result<Value, any Error>.self)
        queue.async { sink.yield(Result { try work() }) }
        for await result in results { return try result.get() }
        throw CancellationError()
    }
}
