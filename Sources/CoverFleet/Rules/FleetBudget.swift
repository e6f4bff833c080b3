import CoverModel

/// The one budget of a fleet: it decides which query may be sent when. A value without I/O.
///
/// It keeps the moment up to which slots are granted, and lets a burst lag behind it (the "virtual scheduling" of GCRA, ITU-T I.371).
/// So each period of time has as many slots as the rate allows, and one burst more.
struct FleetBudget: Sendable, Hashable {
    enum Slot: Sendable, Hashable {
        /// A slot after this time.
        case granted(Duration)
        /// No slot yet: ask again after this time.
        case denied(Duration)
    }

    /// Queries of one urgency that were deferred and are expected back.
    struct Waiting: Sendable, Hashable {
        var count: Int64 = 0
        /// They are expected until this moment.
        var until: Duration = .zero

        /// How long after its time a query is still expected.
        static let patience: Duration = .milliseconds(250)

        mutating func settle(at now: Duration) {
            if until <= now { self = Waiting() }
            until = min(until, now + FleetLimits.longestWait + Self.patience)
        }

        mutating func add(until back: Duration) {
            count += 1
            until = max(until, back + Self.patience)
        }

        mutating func remove() {
            count -= 1
            if count <= 0 { self = Waiting() }
        }
    }

    /// The most interactive queries in a row while background queries wait.
    static let longestStreak: Int64 = 4
    static let shortestWait: Duration = .milliseconds(5)

    /// The moment from which on no slot is granted yet, if there were no burst.
    var grantedUntil: Duration = .zero
    /// The number of interactive slots since the last background slot.
    var streak: Int64 = 0
    var interactive = Waiting()
    var background = Waiting()

    /// Grants a slot if there is one within the horizon of this urgency, and if it is this urgency's turn.
    mutating func slot(_ urgency: FleetUrgency, rate: Double, burst: Double, at now: Duration) -> Slot {
        let spacing = Self.spacing(rate)
        let free = max(now, grantedUntil - spacing.times(max(0, burst - 1)))
        let horizon = urgency == .interactive ? FleetLimits.horizon : FleetLimits.backgroundHorizon
        guard free - now <= horizon, isTurn(of: urgency) else {
            return .denied(deny(urgency, free - now - horizon, spacing, at: now))
        }
        grantedUntil = max(now, grantedUntil) + spacing
        switch urgency {
        case .interactive:
            streak = min(streak + 1, Self.longestStreak)
            interactive.remove()
        case .background:
            streak = 0
            background.remove()
        }
        return .granted(free - now)
    }

    /// The number of queries that may be sent at once; negative if slots are granted ahead.
    func tokens(rate: Double, burst: Double, at now: Duration) -> Double {
        min(burst, burst - (grantedUntil - now).inSeconds * rate)
    }

    /// Forgets deferred queries that did not come back, and resets times that are in the future because the clock stepped back.
    mutating func settle(rate: Double, burst: Double, at now: Duration) {
        // A slot is never granted further ahead than the horizon and a burst.
        grantedUntil = min(grantedUntil, now + FleetLimits.horizon + Self.spacing(rate).times(burst))
        interactive.settle(at: now)
        background.settle(at: now)
    }

    /// The time between two slots, in whole nanoseconds, as stores keep it. It is rounded up, so that the rate is not exceeded.
    private static func spacing(_ rate: Double) -> Duration { .nanoseconds(Int64((1e9 / rate).rounded(.up))) }

    private func isTurn(of urgency: FleetUrgency) -> Bool {
        switch urgency {
        case .interactive: background.count == 0 || streak < Self.longestStreak
        case .background: interactive.count == 0 || streak >= Self.longestStreak
        }
    }

    /// - Returns: when to ask again. The waiting queries are spread out, so that each one finds the next slot.
    private mutating func deny(
        _ urgency: FleetUrgency,
        _ missing: Duration,
        _ spacing: Duration,
        at now: Duration
    ) -> Duration {
        let first = urgency == .interactive ? 0 : min(interactive.count, Self.longestStreak)
        let ahead = first + (urgency == .interactive ? interactive.count : background.count)
        let delay = max(missing, .zero) + spacing.times(Double(min(ahead, 1_000_000)))
        let wait = min(max(delay, Self.shortestWait), FleetLimits.longestWait)
        switch urgency {
        case .interactive: interactive.add(until: now + wait)
        case .background: background.add(until: now + wait)
        }
        return wait
    }
}

extension Duration {
    /// The duration times a number, in whole nanoseconds.
    fileprivate func times(_ factor: Double) -> Duration { .nanoseconds(Int64(inSeconds * 1e9 * factor)) }
}
