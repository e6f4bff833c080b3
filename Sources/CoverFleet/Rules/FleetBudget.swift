import CoverModel

/// The one budget of a fleet: when which query may go. A value without I/O.
///
/// It keeps the moment up to which slots are granted and lets a burst lag behind it (the "virtual scheduling" of GCRA, ITU-T I.371).
/// In each window of time so many queries get a slot as the rate has room for, and a burst.
struct FleetBudget: Sendable, Hashable {
    enum Slot: Sendable, Hashable {
        /// A slot so long from now.
        case granted(Duration)
        /// None yet: to be asked for again so long from now.
        case denied(Duration)
    }

    /// Queries of one urgency that were denied a slot and are expected back.
    struct Waiting: Sendable, Hashable {
        var count: Int64 = 0
        /// They are expected until then.
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

    /// How many interactive queries go in a row at the most while background queries wait.
    static let longestStreak: Int64 = 4
    static let shortestWait: Duration = .milliseconds(5)

    /// The moment from which on no slot is granted yet, were there no burst.
    var grantedUntil: Duration = .zero
    /// Interactive queries that got a slot since the last background query.
    var streak: Int64 = 0
    var interactive = Waiting()
    var background = Waiting()

    /// Grants a slot where there is one within the horizon of this urgency and it is the turn of this urgency.
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

    /// Queries that may go at once; negative where some are granted ahead.
    func tokens(rate: Double, burst: Double, at now: Duration) -> Double {
        min(burst, burst - (grantedUntil - now).inSeconds * rate)
    }

    /// Forgets those who did not come back, and what the clock has stepped back before.
    mutating func settle(rate: Double, burst: Double, at now: Duration) {
        // More than the horizon and a burst ahead is never granted.
        grantedUntil = min(grantedUntil, now + FleetLimits.horizon + Self.spacing(rate).times(burst))
        interactive.settle(at: now)
        background.settle(at: now)
    }

    /// The time between two slots, in whole nanoseconds, as stores keep it; rounded up, so that the rate is not exceeded.
    private static func spacing(_ rate: Double) -> Duration { .nanoseconds(Int64((1e9 / rate).rounded(.up))) }

    private func isTurn(of urgency: FleetUrgency) -> Bool {
        switch urgency {
        case .interactive: background.count == 0 || streak < Self.longestStreak
        case .background: interactive.count == 0 || streak >= Self.longestStreak
        }
    }

    /// - Returns: when to come back. Those who wait are spread out, so that each finds the next slot.
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
    /// So many times as long, in whole nanoseconds.
    fileprivate func times(_ factor: Double) -> Duration { .nanoseconds(Int64(inSeconds * 1e9 * factor)) }
}
