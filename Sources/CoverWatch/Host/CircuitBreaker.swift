import CoverModel

/// Whether the host may be asked, and how it does. Throttling concerns every task alike: it pauses all queries, and one of them
/// feels for recovery before the rest go on.
struct CircuitBreaker: Sendable {
    private enum State {
        case closed
        case open(until: Duration)
        /// The pause is over; one query at a time finds out whether the host agrees. nil: nobody is on the way.
        case halfOpen(trial: UInt64?)
    }

    /// What a reading says of the host.
    private enum Observation {
        case answered
        case throttled(CoverError)
        case fault(CoverError)
        /// It never came to the host.
        case silent
    }

    /// Faults in a row, of whatever tasks, before the host counts as ailing: one alone says little, unless it stays until it is mended.
    private static let faultsToAilment = 2
    /// A throttling so soon after the last pause counts as its repeat.
    private static let memory: Duration = .seconds(60)

    private let maximumPause: Duration
    private var state = State.closed
    private var repeats = 0
    private var faults = 0
    private var closedAgainAt: Duration?
    private(set) var health = Health.ok

    init(maximumPause: Duration) { self.maximumPause = maximumPause }

    /// From when on a query may go; nil while only a reading can tell.
    var allowsQueriesFrom: Duration? {
        switch state {
        case .closed, .halfOpen(trial: nil): .zero
        case .open(let until): until
        case .halfOpen: nil
        }
    }

    /// Whether one query at a time is all that may go.
    var allowsOneQuery: Bool {
        if case .closed = state { false } else { true }
    }

    /// Until when all queries pause; nil where they do not.
    var pausedUntil: Duration? {
        if case .open(let until) = state { until } else { nil }
    }

    /// A query goes out. ``allowsQueriesFrom`` must have come.
    mutating func started(_ query: UInt64) {
        if case .closed = state { return }
        state = .halfOpen(trial: query)
    }

    /// A query came to nothing, neither a status nor an error.
    mutating func abandoned(_ query: UInt64) {
        if isTrial(query) { state = .halfOpen(trial: nil) }
    }

    /// Takes what a query brought.
    /// - Returns: the health if it has changed.
    mutating func observe(
        _ query: UInt64,
        _ error: CoverError?,
        at moment: ClockReading,
        random: inout SplitMix64
    ) -> Health? {
        let before = health
        switch Self.observation(of: error) {
        case .answered: answered(query, at: moment)
        case .throttled(let error): throttled(query, error, at: moment, random: &random)
        case .fault(let error): faulted(query, error)
        case .silent: abandoned(query)
        }
        return health.differs(from: before) ? health : nil
    }

    private static func observation(of error: CoverError?) -> Observation {
        guard let error else { return .answered }
        switch error.kind {
        case _ where error.isOfThisMachine: return .fault(error)
        case .rateLimited, .maintenance: return .throttled(error)
        case .missingCredentials, .insecureEndpoint, .shuttingDown, .overloaded: return .silent
        case .untrustedServer, .unreachable: return .fault(error)
        default: return error.retryable ? .fault(error) : .answered
        }
    }

    private func isTrial(_ query: UInt64) -> Bool {
        if case .halfOpen(query) = state { true } else { false }
    }

    private mutating func answered(_ query: UInt64, at moment: ClockReading) {
        faults = 0
        switch state {
        case .closed:
            health = .ok
        case .halfOpen(query):
            state = .closed
            closedAgainAt = moment.now
            health = .ok
        case .open, .halfOpen:
            // An answer to a question from before the pause.
            break
        }
    }

    private mutating func throttled(
        _ query: UInt64,
        _ error: CoverError,
        at moment: ClockReading,
        random: inout SplitMix64
    ) {
        switch state {
        case .closed:
            let isRepeat = closedAgainAt.map { moment.now - $0 < Self.memory } ?? false
            repeats = isRepeat ? repeats + 1 : 0
        case .halfOpen(query):
            repeats += 1
        case .open, .halfOpen:
            // From before the pause: what made us pause says it once more.
            return
        }
        let first: Duration = error.kind == .maintenance ? .seconds(30) : .seconds(5)
        let asked = error.retryAfter.map { Duration.seconds(max($0, 0)) }
        let doubling = 1 << min(repeats, 10)
        // A host that asks for no pause, or for the same short one again and again, does not know what it needs.
        let pause = min(max(asked ?? first * doubling, .seconds(1) * doubling), maximumPause)
        // Not all bridges in the world at the same moment.
        let until = moment.now + pause * Double.random(in: 1...1.1, using: &random)
        state = .open(until: until)
        health = Health(throttledBy: error, until: moment.wallTime(at: until))
    }

    private mutating func faulted(_ query: UInt64, _ error: CoverError) {
        abandoned(query)
        faults += 1
        guard faults >= Self.faultsToAilment || !error.retryable, pausedUntil == nil else { return }
        health = Health(ailingWith: error)
    }
}

extension Health {
    /// Where the host is out of reach, another reason is news too; what a host that answers says may differ from answer to answer.
    fileprivate func differs(from other: Health) -> Bool {
        state != other.state || (state == .unreachable && message != other.message)
    }

    fileprivate init(throttledBy error: CoverError, until retryAt: Timestamp) {
        self =
            error.kind == .maintenance
            ? Health(state: .maintenance, message: "The API is under maintenance; all queries pause.", retryAt: retryAt)
            : Health(state: .rateLimited, message: "The API asks for fewer queries; all pause.", retryAt: retryAt)
    }

    /// The cause is part of the message: nothing else says why a watch brings no word.
    fileprivate init(ailingWith error: CoverError) {
        let next = "Each task is tried again."
        switch error.kind {
        case _ where error.isOfThisMachine, .unreachable, .requestTimeout, .untrustedServer:
            self.init(state: .unreachable, message: "\(error.message) \(next)")
        default:
            let message = "The API answers with faults. \(error.message) \(next)"
            self.init(state: .degraded, message: message, isForeign: error.apiCode == nil)
        }
    }
}
