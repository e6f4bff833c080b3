package import CoverModel

/// A simple budget of queries for watches only: a token bucket. With it, the tests of the engine need no client.
/// `QueryBudgetTests` compares this budget with the real one.
package struct PollBudget: Sendable {
    private let rate: Double
    private let capacity: Double
    private var level: Double
    private var filledAt: Duration = .zero

    package init(rate: Double, burst: Double) {
        self.rate = rate
        capacity = burst
        level = burst
    }

    /// Grants as many turns as there are tokens. The other turns are deferred until the next token.
    package mutating func take(_ wanted: Int, now: Duration) -> Turns {
        level = min(capacity, level + (now - filledAt).inSeconds * rate)
        filledAt = now
        var granted = 0
        // A level that is a billionth too low counts as a whole token, because of rounding errors.
        while granted < wanted, level >= 1 - 1e-9 {
            granted += 1
            level = max(0, level - 1)
        }
        guard granted < wanted else { return Turns(granted: granted) }
        let missing = max(0, 1 - level)
        return Turns(
            granted: granted,
            deferredUntil: now + .nanoseconds(Int64((missing / rate * 1e9).rounded(.up)))
        )
    }
}
