/// How long all queries pause after a 429 or 455, with which the API asks for fewer of them.
///
/// `CircuitBreaker` of CoverWatch decides what pauses and how it resumes.
package enum ThrottlingPause {
    /// If the API throttles again within this time after a pause, the new pause counts as a repetition.
    package static let repetitionLimit: Duration = .seconds(60)

    /// The length of a pause, before its jitter.
    ///
    /// - Parameters:
    ///   - isMaintenance: whether the API is under maintenance.
    ///   - retryAfter: how many seconds the API asked for; nil if it named no time.
    ///   - repetitions: how many pauses in a row came before this pause, each soon after the previous one.
    ///   - maximum: the longest pause.
    package static func length(
        isMaintenance: Bool,
        retryAfter: Double?,
        repetitions: Int,
        maximum: Duration
    ) -> Duration {
        let first: Duration = isMaintenance ? .seconds(30) : .seconds(5)
        // The seconds are limited to a number far above any maximum, because a `Duration` cannot hold every number.
        let asked = retryAfter.map { Duration.seconds(min(max($0, 0), 1e9)) }
        let doubling = 1 << min(repetitions, 10)
        // Some hosts ask for no pause, or for the same short pause again and again. Then the pause doubles.
        return min(max(asked ?? first * doubling, .seconds(1) * doubling), maximum)
    }
}
