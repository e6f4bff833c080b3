/// A token bucket for the queries, in the form of the generic cell rate algorithm: one moment instead of a count of tokens.
struct Pacer: Sendable {
    /// What one query costs.
    private let spacing: Duration
    /// How far the horizon may lie ahead: a second's worth of queries at once.
    private let tolerance: Duration
    private var horizon: Duration = .zero

    /// - Parameter rate: queries per second, above 0; infinity for no limit.
    init(rate: Double) {
        spacing = .seconds(1 / rate)
        tolerance = max(.zero, .seconds(1) - spacing)
    }

    /// The moment from which the next query is within the budget.
    var opensAt: Duration { horizon - tolerance }

    mutating func take(at now: Duration) { horizon = max(horizon, now) + spacing }

    /// Forgoes the burst, so that what has piled up comes spread.
    mutating func empty(at now: Duration) { horizon = max(horizon, now + tolerance) }
}
