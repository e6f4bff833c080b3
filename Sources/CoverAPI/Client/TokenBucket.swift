import CoverModel

/// A token bucket: `rate` tokens per second flow in, up to `capacity`, and a query takes one.
struct TokenBucket: Sendable {
    /// Tokens per second.
    let rate: Double
    let capacity: Double
    private var level: Double
    private var filledAt: Duration

    /// - Parameter level: the number of tokens at the start; nil means the capacity.
    init(rate: Double, capacity: Double, level: Double? = nil, now: Duration) {
        self.rate = rate
        self.capacity = capacity
        self.level = level ?? capacity
        filledAt = now
    }

    /// The smallest level that counts as a token. A missing billionth is a rounding error.
    static let whole = 1 - 1e-9

    /// Takes a token. Returns whether there was one.
    mutating func take(now: Duration) -> Bool {
        level = available(now: now)
        filledAt = max(filledAt, now)
        guard level >= Self.whole else { return false }
        level = max(0, level - 1)
        return true
    }

    mutating func giveBack(_ tokens: Int, now: Duration) {
        level = min(capacity, available(now: now) + Double(tokens))
        filledAt = max(filledAt, now)
    }

    /// The moment of the next token. If there is a token already, the moment is `now` or earlier.
    func nextToken(now: Duration) -> Duration {
        let missing = 1 - available(now: now)
        // The result is rounded up to the nanosecond, so that the token is there when a caller wakes.
        return missing <= 0 ? now : now + .nanoseconds(Int64((missing / rate * 1e9).rounded(.up)))
    }

    func available(now: Duration) -> Double {
        min(capacity, level + max(0, (now - filledAt).inSeconds) * rate)
    }
}
