import CoverModel

/// The common budget of all bridges of a fleet. It decides when each query may be sent. This is a value without I/O.
///
/// The budget stores the moment up to which slots are granted, as in the "virtual scheduling" of GCRA (ITU-T I.371). A
/// burst of queries may be sent before their slots. So in each period of time, there are at most as many slots as the
/// rate allows, plus one burst.
struct FleetBudget: Sendable, Hashable {
    enum Slot: Sendable, Hashable {
        /// There is a slot after this time.
        case granted(Duration)
        /// There is no slot yet. The bridge asks again after this time.
        case denied(Duration)
    }

    /// The deferred queries of one urgency that should call the store again.
    struct Waiting: Sendable, Hashable {
        var count: Int64 = 0
        /// The moment until which these queries should have called again.
        var until: Duration = .zero

        /// How late a deferred query may call again before the budget forgets it.
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

    /// The largest number of interactive queries in a row while background queries wait.
    static let longestStreak: Int64 = 4
    static let shortestWait: Duration = .milliseconds(5)

    /// The moment up to which slots are granted. It would be exact if there were no burst.
    var grantedUntil: Duration = .zero
    /// The number of interactive slots since the last background slot, counted up to `longestStreak`.
    var streak: Int64 = 0
    var interactive = Waiting()
    var background = Waiting()

    /// Grants a slot to a query of this urgency. There must be a free slot within the horizon of the urgency, and it
    /// must be the turn of this urgency.
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

    /// The number of queries that may be sent at once; negative if slots in the future are already granted.
    func tokens(rate: Double, burst: Double, at now: Duration) -> Double {
        min(burst, burst - (grantedUntil - now).inSeconds * rate)
    }

    /// Forgets deferred queries that did not call again in time. If the clock has jumped back, this function resets the
    /// times that are too far in the future.
    mutating func settle(rate: Double, burst: Double, at now: Duration) {
        // No granted slot can be further in the future than the horizon plus a burst.
        grantedUntil = min(grantedUntil, now + FleetLimits.horizon + Self.spacing(rate).times(burst))
        interactive.settle(at: now)
        background.settle(at: now)
    }

    /// The time between two slots, in whole nanoseconds, because stores keep whole nanoseconds. The time is rounded up,
    /// so that the fleet does not exceed the rate.
    private static func spacing(_ rate: Double) -> Duration { .nanoseconds(Int64((1e9 / rate).rounded(.up))) }

    private func isTurn(of urgency: FleetUrgency) -> Bool {
        switch urgency {
        case .interactive: background.count == 0 || streak < Self.longestStreak
        case .background: interactive.count == 0 || streak >= Self.longestStreak
        }
    }

    /// - Returns: the time after which the bridge asks again. Waiting queries get different times, so that each of them
    ///   finds a free slot.
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
