import CoverModel

/// The circuit breaker of a fleet. When the API asks for a pause, all bridges stop their queries until the pause is
/// over. This is a value without I/O.
struct FleetBreaker: Sendable, Hashable {
    /// The one query that tests whether the API answers again after a pause.
    struct Trial: Sendable, Hashable {
        /// The number of the claim of this query (``FleetClaim/fence``).
        let fence: Int64
        let bridge: FleetBridge.ID
        var span: Span
    }

    enum State: Sendable, Hashable {
        case closed
        case open(FleetPause.Cause, Span)
        /// The pause is over, and one trial must succeed before other queries are sent. A nil trial means that no trial
        /// is in flight.
        case halfOpen(FleetPause.Cause, Trial?)
    }

    /// What a finished query says about the API.
    enum Word: Sendable {
        case answered
        case throttled(FleetPause.Cause, retryAfter: Double?)
        /// The query says neither that the API answers nor that it asks for a pause.
        case nothing
    }

    enum Move: Sendable, Hashable {
        case paused(FleetPause)
        case resumed
    }

    /// How long a query that waits for a trial waits before it calls the store again.
    static let trialWait: Duration = .seconds(1)

    var state = State.closed
    /// The number of pauses so far. It rises with each pause.
    var generation: Int64 = 0
    /// How many pauses have followed the first pause of a row.
    var repeats: Int64 = 0
    /// When the last pause ended; nil if there was none.
    var closedAt: Duration?

    var isClosed: Bool { state == .closed }

    /// The reason why a query may not be sent; nil if it may be sent. In that case, the query may be a trial: see
    /// ``begin(_:by:at:)``.
    ///
    /// - Parameter isPresent: whether a bridge is present.
    mutating func obstacle(at now: Duration, isPresent: (FleetBridge.ID) -> Bool) -> FleetWait? {
        switch state {
        case .closed, .halfOpen(_, nil): return nil
        case .open(let cause, let span): return FleetWait(.paused(cause), span.remaining(at: now))
        case .halfOpen(let cause, .some(let trial)):
            let remaining = trial.span.remaining(at: now)
            guard isPresent(trial.bridge), remaining > .zero else {
                state = .halfOpen(cause, nil)
                return nil
            }
            return FleetWait(.trial(cause), min(remaining, Self.trialWait))
        }
    }

    /// Records that a query is sent. The caller has checked with ``obstacle(at:isPresent:)`` that it may be sent.
    ///
    /// - Returns: whether it is a trial.
    mutating func begin(_ fence: Int64, by bridge: FleetBridge.ID, at now: Duration) -> Bool {
        guard case .halfOpen(let cause, _) = state else { return false }
        state = .halfOpen(cause, Trial(fence: fence, bridge: bridge, span: Span(from: now, for: FleetLimits.claim)))
        return true
    }

    /// Handles the result of a query. A result of a query that began before the current pause is ignored.
    mutating func finish(
        _ fence: Int64,
        _ generation: Int64,
        _ word: Word,
        jitter: Double,
        at now: Duration
    ) -> Move? {
        switch (state, word) {
        case (.closed, .throttled(let cause, let retryAfter)):
            guard generation == self.generation else { return nil }
            let isRepeat = closedAt.map { now - $0 < ThrottlingPause.repetitionLimit } ?? false
            repeats = isRepeat ? repeats + 1 : 0
            return open(cause, retryAfter, jitter, at: now)
        case (.halfOpen(let cause, .some(let trial)), _) where trial.fence == fence:
            switch word {
            case .answered:
                state = .closed
                closedAt = now
                return .resumed
            case .throttled(let cause, let retryAfter):
                repeats += 1
                return open(cause, retryAfter, jitter, at: now)
            case .nothing:
                state = .halfOpen(cause, nil)
                return nil
            }
        default:
            return nil
        }
    }

    /// The current pause; nil if there is none.
    func pause(at now: Duration) -> FleetPause? {
        switch state {
        case .closed: nil
        case .open(let cause, let span): FleetPause(cause: cause, remaining: span.remaining(at: now))
        case .halfOpen(let cause, _): FleetPause(cause: cause, remaining: .zero)
        }
    }

    private mutating func open(
        _ cause: FleetPause.Cause,
        _ retryAfter: Double?,
        _ jitter: Double,
        at now: Duration
    ) -> Move {
        let span = Span(from: now, for: Self.length(cause, retryAfter, repeats: repeats, jitter))
        state = .open(cause, span)
        generation += 1
        return .paused(FleetPause(cause: cause, remaining: span.length))
    }

    /// The length of a pause.
    ///
    /// - Parameter jitter: a number in 0..<1 that varies the length, so that fleets all over the world do not return at
    ///   the same moment.
    static func length(
        _ cause: FleetPause.Cause,
        _ retryAfter: Double?,
        repeats: Int64,
        _ jitter: Double
    ) -> Duration {
        let pause = ThrottlingPause.length(
            isMaintenance: cause == .maintenance,
            retryAfter: retryAfter,
            repetitions: Int(repeats),
            maximum: FleetLimits.longestPause
        )
        return .milliseconds((pause * (1 + jitter / 10)).wholeMilliseconds + 1)
    }

    /// Ends a pause whose time is over. If the clock has jumped back to before the start of a period, the period starts
    /// again.
    mutating func settle(at now: Duration) {
        closedAt = closedAt.map { min($0, now) }
        switch state {
        case .closed, .halfOpen(_, nil): break
        case .open(let cause, var span):
            span.settle(at: now)
            state = span.remaining(at: now) > .zero ? .open(cause, span) : .halfOpen(cause, nil)
        case .halfOpen(let cause, .some(var trial)):
            trial.span.settle(at: now)
            state = .halfOpen(cause, trial)
        }
    }
}
