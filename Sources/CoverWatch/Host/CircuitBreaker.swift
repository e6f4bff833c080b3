import CoverModel

/// Decides whether queries may be sent to the host, and judges the host's health. The status 429 means throttling.
/// Throttling concerns every task, so all queries pause (`open`). After the pause, one trial query is sent
/// (`halfOpen`). When the host answers the trial query, the other queries follow (`closed`).
struct CircuitBreaker: Sendable {
    private enum State {
        case closed
        case open(until: Duration)
        /// The pause is over. One trial query at a time tests whether the host answers; nil means that no trial is in
        /// flight.
        case halfOpen(trial: UInt64?)
    }

    /// What a reading says about the host.
    private enum Observation {
        case answered
        case throttled(CoverError)
        case fault(CoverError)
        /// The query never reached the host.
        case silent
    }

    /// How many faults in a row, of any tasks, make the host unhealthy. A single fault says little, unless it is one
    /// that does not pass.
    private static let faultsToAilment = 2

    private let maximumPause: Duration
    private var state = State.closed
    private var repeats = 0
    private var faults = 0
    private var closedAgainAt: Duration?
    private(set) var health = Health.ok

    init(maximumPause: Duration) { self.maximumPause = maximumPause }

    /// The moment from which a query may be sent; nil while only the reading of the trial query can decide.
    var allowsQueriesFrom: Duration? {
        switch state {
        case .closed, .halfOpen(trial: nil): .zero
        case .open(let until): until
        case .halfOpen: nil
        }
    }

    /// Whether only one query at a time may be sent.
    var allowsOneQuery: Bool {
        if case .closed = state { false } else { true }
    }

    /// The end of the pause of all queries; nil if there is no pause.
    var pausedUntil: Duration? {
        if case .open(let until) = state { until } else { nil }
    }

    /// Notes that a query is sent. The moment ``allowsQueriesFrom`` must have come.
    mutating func started(_ query: UInt64) {
        if case .closed = state { return }
        state = .halfOpen(trial: query)
    }

    /// Notes that a query ended with neither a status nor an error.
    mutating func abandoned(_ query: UInt64) {
        if isTrial(query) { state = .halfOpen(trial: nil) }
    }

    /// Handles a pause of the fleet. The fleet has decided the length of the pause, so the error that began the pause
    /// must not begin another pause here.
    mutating func pause(until: Duration, isMaintenance: Bool, at moment: ClockReading) {
        state = .open(until: until)
        health = Health(isMaintenance: isMaintenance, until: moment.wallTime(at: until))
    }

    /// Handles the end of a pause: another bridge of the fleet has found that the host accepts queries again.
    mutating func resume(at moment: ClockReading) {
        if case .closed = state { return }
        state = .closed
        closedAgainAt = moment.now
        faults = 0
        health = .ok
    }

    /// Judges the result of a query.
    ///
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
            // The answer belongs to a query from before the pause.
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
            let isRepeat = closedAgainAt.map { moment.now - $0 < ThrottlingPause.repetitionLimit } ?? false
            repeats = isRepeat ? repeats + 1 : 0
        case .halfOpen(query):
            repeats += 1
        case .open, .halfOpen:
            // The query was sent before the pause, so its error only repeats the reason for the pause.
            return
        }
        let pause = ThrottlingPause.length(
            isMaintenance: error.kind == .maintenance,
            retryAfter: error.retryAfter,
            repetitions: repeats,
            maximum: maximumPause
        )
        // The jitter keeps bridges all over the world from returning at the same moment.
        let until = moment.now + pause * Double.random(in: 1...1.1, using: &random)
        state = .open(until: until)
        health = Health(isMaintenance: error.kind == .maintenance, until: moment.wallTime(at: until))
    }

    private mutating func faulted(_ query: UInt64, _ error: CoverError) {
        abandoned(query)
        faults += 1
        guard faults >= Self.faultsToAilment || !error.retryable, pausedUntil == nil else { return }
        health = Health(ailingWith: error)
    }
}

extension Health {
    /// Whether the difference is worth an event. For an unreachable host, a new reason is worth an event. If the host
    /// answers, the message may change with every answer, so the message is ignored.
    fileprivate func differs(from other: Health) -> Bool {
        state != other.state || (state == .unreachable && message != other.message)
    }

    fileprivate init(isMaintenance: Bool, until retryAt: Timestamp) {
        self =
            isMaintenance
            ? Health(state: .maintenance, message: "The API is under maintenance; all queries pause.", retryAt: retryAt)
            : Health(state: .rateLimited, message: "The API asks for fewer queries; all pause.", retryAt: retryAt)
    }

    /// The message contains the cause, because nothing else explains why a watch is silent.
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
