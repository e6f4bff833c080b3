import CoverModel

/// When to retry after a fault while a caller waits: exponential backoff with full jitter.
struct RetryPolicy: Sendable {
    var retries = 3
    /// The longest wait before the first retry. The longest wait doubles from retry to retry.
    var base: Duration = .milliseconds(500)
    var ceiling: Duration = .seconds(8)

    /// How long to wait before a retry, counted from 0; nil if there is no further retry.
    ///
    /// - Parameters:
    ///   - retry: the number of the retry, counted from 0.
    ///   - error: the fault.
    ///   - random: a number in 0..<1.
    func delay(before retry: Int, after error: CoverError, random: Double) -> Duration? {
        guard retry < min(retries, error.mostRetries ?? retries), error.retryable, error.kind != .overloaded else {
            return nil
        }
        return pause(before: retry, after: error, random: random)
    }

    /// The same for faults without a limit of retries.
    func pause(before retry: Int, after error: CoverError, random: Double) -> Duration {
        let jittered = min(base * (1 << min(retry, 10)), ceiling) * random
        return max(jittered, error.retryAfter.map { .seconds($0) } ?? .zero)
    }
}
