import CoverModel

/// The priority of a query when the budget is short.
enum QueryPriority: Sendable {
    /// A caller waits for the answer.
    case interactive
    /// The next poll of a watch.
    case background
}

/// The budget of queries: it decides when each query may be sent. It is a value; ``RateLimiter`` locks it and wakes the
/// waiting queries.
///
/// Interactive queries come first. If background queries wait too, they get one turn in five. Some background queries
/// wait here like interactive ones. The polls of watches do not wait: they are deferred, and a deferred poll leaves a
/// claim to a token until the watch asks again.
struct QueryBudget: Sendable {
    /// How many interactive queries may be sent in a row while a background query waits for a turn.
    private static let longestStreak = 4
    /// How long a token stays reserved for a deferred poll after the moment at which that poll should come back.
    private static let patience: Duration = .seconds(1)

    private var bucket: TokenBucket
    private var queues = RequestQueues()
    /// Interactive queries since the last background query, counted up to `longestStreak`.
    private var streak = 0
    /// Until when a token is reserved for deferred polls.
    private var claimedUntil: Duration?
    /// Whether the next turn is for the claim of deferred polls, or else for a background query. The two take turns.
    private var prefersClaim = true

    init(rate: Double, burst: Double, now: Duration) {
        bucket = TokenBucket(rate: rate, capacity: burst, now: now)
    }

    /// Continues with another rate. The budget has no token at first, because earlier queries used the former budget.
    mutating func restart(rate: Double, burst: Double, now: Duration) {
        bucket = TokenBucket(rate: rate, capacity: burst, level: 0, now: now)
    }

    var waiting: Int { queues.count }

    func available(now: Duration) -> Double { bucket.available(now: now) }

    /// Takes a token for a query that need not wait. Returns whether there was one.
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

    /// Grants the available tokens. Returns the requests whose turn it is, and when to come back if others still wait.
    mutating func grant(now: Duration) -> (requestNumbers: [Int], next: Duration?) {
        forgetLapsedClaim(now: now)
        var requestNumbers: [Int] = []
        while !queues.isEmpty {
            guard bucket.available(now: now) >= TokenBucket.whole else {
                return (requestNumbers, bucket.nextToken(now: now))
            }
            guard let (requestNumber, priority) = nextRequest() else {
                // The check is repeated soon, because the deferred polls may have taken their token long before the
                // claim ends.
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

    /// Takes tokens for polls of watches. If no query waits, the polls get the available tokens. If queries wait, one
    /// poll gets a token when it is the turn of background queries. The remaining polls are deferred.
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

    /// Takes back tokens that were not used.
    mutating func giveBack(_ tokens: Int, now: Duration) { bucket.giveBack(tokens, now: now) }

    private var hasPatient: Bool { queues.patientCount > 0 }

    private var isBackgroundsTurn: Bool { (claimedUntil != nil || hasPatient) && streak >= Self.longestStreak }

    /// Whether a poll may be sent before all waiting queries.
    private var mayPoll: Bool {
        if hasPatient, !prefersClaim { return false }
        return queues.urgentCount == 0 || streak >= Self.longestStreak
    }

    /// The query that gets the next token; nil if that token is reserved for deferred polls.
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
