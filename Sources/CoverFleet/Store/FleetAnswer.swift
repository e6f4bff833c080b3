package import CoverModel

/// The answer of ``FleetStore/begin(_:)``.
package enum FleetAnswer: Sendable {
    /// A known reading: no query is needed.
    case reading(FleetReading)
    case turn(FleetTurn)
}

/// The answer to a request for one query.
package enum FleetTurn: Sendable {
    case go(FleetClaim)
    case wait(FleetWait)
}

/// The right to one query. It counts against the budget, used or not; ``FleetStore/finish(_:_:)`` ends it.
package struct FleetClaim: Sendable, Hashable {
    /// nil for a query that is not about a task's record.
    package let taskId: TaskID?
    /// The epoch of the store: after a reset the claim is void.
    package let epoch: UInt64
    /// Rises from claim to claim of an epoch.
    package let fence: Int64
    /// The number of pauses that the API had asked for when the claim was granted. Reports about older pauses are ignored.
    let generation: Int64
    /// Whether this query is a trial after a pause. No other query is sent until it has finished.
    package let isTrial: Bool
    /// When the query is sent, counted from the call of the store; at most ``FleetLimits/horizon``.
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

/// Why a query may not be sent, and when to ask again.
package struct FleetWait: Sendable, Hashable {
    package enum Reason: Sendable, Hashable {
        /// Another bridge queries the task. This concerns only this task; an announcement comes before the wait is over.
        case claimed
        /// The budget is used up. This concerns all queries of this urgency.
        case budget
        /// The API asked for a pause. This concerns all queries.
        case paused(FleetPause.Cause)
        /// The pause is over, and another bridge makes the trial. This concerns all queries.
        case trial(FleetPause.Cause)
    }

    package var reason: Reason
    /// When to ask again, counted from the call of the store.
    package var delay: Duration

    package init(_ reason: Reason, _ delay: Duration) {
        self.reason = reason
        self.delay = delay
    }
}
