import Dispatch

/// Work that can hold up its thread, on a thread that is there for that.
enum BlockingWork {
    private static let queue = DispatchQueue(label: "blocking-work", attributes: .concurrent)

    static func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Result { try work() }) }
        }
    }
}
