package import CoverModel

/// What ``FleetStore/begin(_:)`` answers.
package enum FleetAnswer: Sendable {
    /// Known already: no query is needed.
    case reading(FleetReading)
    case turn(FleetTurn)
}

/// Whether a query may go.
package enum FleetTurn: Sendable {
    case go(FleetClaim)
    case wait(FleetWait)
}

/// The right to one query. It is spent, used or not; ``FleetStore/finish(_:_:)`` ends it.
package struct FleetClaim: Sendable, Hashable {
    /// nil for a query that is not about a task's record.
    package let taskId: TaskID?
    /// The store's life that it belongs to: after a flush it is void.
    package let epoch: UInt64
    /// Rises from claim to claim of an epoch.
    package let fence: Int64
    /// How often the API had asked for a pause when it was granted: what it hears of an older pause is no news.
    let generation: Int64
    /// Whether this query finds out if a pause is over. No other goes until it is finished.
    package let isTrial: Bool
    /// In how long the query goes, counted from the call of the store; at most ``FleetLimits/horizon``.
    package let delay: Duration
}

extension FleetClaim {
    /// A number in 0..<1 that differs from pause to pause and from fleet to fleet.
    var pauseJitter: Double {
        var hash = StableHash()
        hash.combine(epoch)
        hash.combine(UInt64(bitPattern: fence))
        return hash.fraction
    }
}

/// Why a query may not go, and when to ask again.
package struct FleetWait: Sendable, Hashable {
    package enum Reason: Sendable, Hashable {
        /// Another bridge queries the task. Holds for this task alone; an announcement comes sooner than the wait is over.
        case claimed
        /// The budget is used up. Holds for all queries of this urgency.
        case budget
        /// The API asked for a pause. Holds for all queries.
        case paused(FleetPause.Cause)
        /// The pause is over, and another bridge finds out whether the API agrees. Holds for all queries.
        case trial(FleetPause.Cause)
    }

    package var reason: Reason
    /// In how long to ask again, counted from the call of the store.
    package var delay: Duration

    package init(_ reason: Reason, _ delay: Duration) {
        self.reason = reason
        self.delay = delay
    }
}
