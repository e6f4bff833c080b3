import CoverModel

/// How urgent a query is when the budget is short.
enum QueryPriority: Sendable {
    /// Somebody waits for the answer.
    case interactive
    /// A watch's next look.
    case background
}

/// The one budget of queries: who may ask when. A value; ``RateLimiter`` locks it and wakes those who wait.
///
/// Interactive queries go first, but where background queries want to go, one in five is theirs. Some of those wait here like the
/// interactive ones. The looks of watches do not wait: they are deferred, which leaves a claim to a token until they come back.
struct QueryBudget: Sendable {
    /// How many interactive queries go in a row at the most while a background query wants to go.
    private static let longestStreak = 4
    /// How long the token of a claim is kept after its time.
    private static let patience: Duration = .seconds(1)

    private var bucket: TokenBucket
    private var queues = RequestQueues()
    /// Interactive queries that went since the last background query; counted up to `longestStreak`.
    private var streak = 0
    /// Until when a token is kept for deferred looks.
    private var claimedUntil: Duration?
    /// Deferred looks and background queries that wait take turns, too.
    private var prefersClaim = true

    init(rate: Double, burst: Double, now: Duration) {
        bucket = TokenBucket(rate: rate, capacity: burst, now: now)
    }

    var waiting: Int { queues.count }

    func available(now: Duration) -> Double { bucket.available(now: now) }

    /// The token of a query that need not wait.
    mutating func takeAtOnce(_ priority: QueryPriority, now: Duration) -> Bool {
        forgetLapsedClaim(now: now)
        let isReserved = priority == .interactive && isBackgroundsTurn
        guard queues.isEmpty, !isReserved, bucket.take(now: now) else { return false }
        note(priority)
        return true
    }

    mutating func append(_ requestNumber: Int, _ priority: QueryPriority) { queues.append(requestNumber, priority) }

    mutating func remove(_ requestNumber: Int) { queues.remove(requestNumber) }

    mutating func promote(_ requestNumber: Int) { queues.promote(requestNumber) }

    /// Hands out the tokens that are there: whose turn it is, and when to come back where somebody still waits.
    mutating func grant(now: Duration) -> (requestNumbers: [Int], next: Duration?) {
        forgetLapsedClaim(now: now)
        var requestNumbers: [Int] = []
        while !queues.isEmpty {
            guard bucket.available(now: now) >= TokenBucket.whole else {
                return (requestNumbers, bucket.nextToken(now: now))
            }
            guard let (requestNumber, priority) = nextRequest() else {
                // Looked at again soon: deferred looks may have taken their token long before their claim lapses.
                let spacing = max(Duration.milliseconds(1), .seconds(1 / bucket.rate))
                return (requestNumbers, min(claimedUntil ?? now + spacing, now + spacing))
            }
            _ = bucket.take(now: now)
            queues.remove(requestNumber)
            note(priority)
            requestNumbers.append(requestNumber)
        }
        return (requestNumbers, nil)
    }

    /// Tokens for the looks of watches: as many as there are, or one where others wait and it is the background's turn. The rest
    /// is deferred.
    mutating func take(_ wanted: Int, now: Duration) -> Turns {
        forgetLapsedClaim(now: now)
        var granted = 0
        while granted < wanted, mayPoll, bucket.take(now: now) {
            granted += 1
            note(.background)
            prefersClaim = false
        }
        guard granted < wanted else {
            claimedUntil = nil
            return Turns(granted: granted)
        }
        let ahead = min(queues.urgentCount, Self.longestStreak - streak) + (hasPatient && !prefersClaim ? 1 : 0)
        let until = max(now, bucket.nextToken(now: now)) + .seconds(Double(ahead) / bucket.rate)
        claimedUntil = until + Self.patience
        return Turns(granted: granted, deferredUntil: until)
    }

    /// Takes tokens back that were not needed.
    mutating func giveBack(_ tokens: Int, now: Duration) { bucket.giveBack(tokens, now: now) }

    private var hasPatient: Bool { queues.patientCount > 0 }

    private var isBackgroundsTurn: Bool { (claimedUntil != nil || hasPatient) && streak >= Self.longestStreak }

    /// Whether a look may go before all who wait.
    private var mayPoll: Bool {
        if hasPatient, !prefersClaim { return false }
        return queues.urgentCount == 0 || streak >= Self.longestStreak
    }

    /// Nil where the next token belongs to deferred looks.
    private mutating func nextRequest() -> (Int, QueryPriority)? {
        if !isBackgroundsTurn, let requestNumber = queues.firstUrgent { return (requestNumber, .interactive) }
        if claimedUntil != nil, prefersClaim || !hasPatient { return nil }
        prefersClaim = true
        return queues.firstPatient.map { ($0, .background) }
    }

    private mutating func note(_ priority: QueryPriority) {
        streak = priority == .background ? 0 : min(streak + 1, Self.longestStreak)
    }

    private mutating func forgetLapsedClaim(now: Duration) {
        if let until = claimedUntil, until <= now { claimedUntil = nil }
    }
}
