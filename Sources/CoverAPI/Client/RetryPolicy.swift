import CoverModel

/// When to ask again after a fault, where somebody waits for the answer: exponential backoff with full jitter.
struct RetryPolicy: Sendable {
    var retries = 3
    /// The most to wait before the first retry; it doubles from retry to retry.
    var base: Duration = .milliseconds(500)
    var ceiling: Duration = .seconds(8)

    /// How long to wait before the retry of this number, the first being 0; nil where there is none.
    ///
    /// - Parameter random: a number in 0..<1.
    func delay(before retry: Int, after error: CoverError, random: Double) -> Duration? {
        guard retry < min(retries, error.mostRetries ?? retries), error.retryable, error.kind != .overloaded else {
            return nil
        }
        let jittered = min(base * (1 << retry), ceiling) * random
        return max(jittered, error.retryAfter.map { .seconds($0) } ?? .zero)
    }
}
