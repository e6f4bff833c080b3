package import CoverModel

/// The answer of ``FleetStore/begin(_:)``.
package enum FleetAnswer: Sendable {
    /// The store has a reading that replaces the query.
    case reading(FleetReading)
    case turn(FleetTurn)
}

/// The answer to a request for one query.
package enum FleetTurn: Sendable {
    case go(FleetClaim)
    case wait(FleetWait)
}

/// The right to one query. The claim counts against the budget even if the query is not sent.
/// ``FleetStore/finish(_:_:)`` ends the claim.
package struct FleetClaim: Sendable, Hashable {
    /// The task of the query; nil for a query that is not about a task's record.
    package let taskId: TaskID?
    /// The epoch of the store when it granted the claim. A reset of the store changes the epoch, and makes the claim
    /// void.
    package let epoch: UInt64
    /// The number of the claim within its epoch. Each later claim has a higher number. The store uses it to ignore the
    /// result of a claim that has ended in the meantime, so it works as a fence between old and new claims.
    package let fence: Int64
    /// The number of pauses that the API had asked for when the claim was granted. The store uses it to ignore the
    /// outcomes of queries that began before the latest pause.
    let generation: Int64
    /// Whether this query is a trial after a pause. No other query is sent until it has finished.
    package let isTrial: Bool
    /// The time from the call of the store to the moment at which the query is sent. It is at most
    /// ``FleetLimits/horizon``.
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

/// The reason why a query may not be sent now, and the time after which the bridge asks again.
package struct FleetWait: Sendable, Hashable {
    package enum Reason: Sendable, Hashable {
        /// Another bridge queries the task. This concerns only this task. That bridge usually announces its reading
        /// before the wait is over.
        case claimed
        /// The budget is used up. This concerns all queries of the same urgency: those that a caller waits for, or those
        /// in the background.
        case budget
        /// The API asked for a pause. This concerns all queries.
        case paused(FleetPause.Cause)
        /// The pause is over, and another query is the trial. This concerns all queries.
        case trial(FleetPause.Cause)
    }

    package var reason: Reason
    /// The time from the call of the store to the moment at which the bridge asks again.
    package var delay: Duration

    package init(_ reason: Reason, _ delay: Duration) {
        self.reason = reason
        self.delay = delay
    }
}
