import CoverModel

/// The pause of calls after a 429 or 455. Without this pause, each of many calls would try again on its own, and an API
/// that refuses everything would get queries at the full rate.
///
/// After the pause, one query tries whether the API answers. The others wait for its answer. Watches and fleets pause in
/// their own ways.
struct ThrottledCalls: Sendable {
    enum Admission {
        case granted
        /// Another query is trying whether the API answers.
        case waiting
        case paused(QueriesPaused)
    }

    /// How a query ended.
    enum End {
        /// The API answered. The error is that of a 429 or 455; nil for any other answer.
        case answered(CoverError?)
        case failed
        case cancelled
    }

    private let policy: RetryPolicy
    /// The last refusal; nil after an answer that is none.
    private var refusal: CoverError?
    /// How many refusals came in a row. Refusals of queries that were sent before the last pause do not count.
    private var refusals = 0
    private var began = Duration.zero
    private var end = Duration.zero
    /// When the trial was sent; nil if there is none.
    private var trial: Duration?

    init(policy: RetryPolicy) { self.policy = policy }

    /// How long the calls pause.
    func remaining(at now: Duration) -> Duration { max(end - now, .zero) }

    /// Decides about a query that is ready to be sent. The end of a granted query must be reported.
    mutating func admit(at now: Duration) -> Admission {
        guard let refusal else { return .granted }
        if now < end {
            let isMaintenance = refusal.kind == .maintenance
            return .paused(QueriesPaused(isMaintenance: isMaintenance, for: end - now, pausing: "calls pause"))
        }
        guard trial == nil else { return .waiting }
        trial = now
        return .granted
    }

    /// Notes the end of a query.
    ///
    /// - Parameters:
    ///   - sent: the moment at which the query was granted.
    ///   - end: how it ended.
    ///   - random: a number in 0..<1.
    mutating func ended(sent: Duration, _ end: End, at now: Duration, random: Double) {
        let isTrial = trial == sent
        if isTrial { trial = nil }
        // What was sent before the last pause says nothing new.
        guard refusal == nil || sent >= began else { return }
        switch end {
        case .answered(let throttling?):
            refusal = throttling
            (began, self.end) = (now, now + policy.pause(before: refusals, after: throttling, random: random))
            refusals += 1
        case .answered(nil): (refusal, refusals) = (nil, 0)
        // The API is silent now. If the others tried one after the other, they would wait for many time limits.
        case .failed where isTrial: (refusal, refusals) = (nil, 0)
        case .failed, .cancelled: break
        }
    }
}
