package import CoverModel

/// The urgency of a query when the budget is short.
package enum FleetUrgency: Sendable, Hashable {
    /// A caller waits for the answer.
    case interactive
    /// The query is the next poll of a watch. If queries of both kinds wait, at least one slot in five is for polls.
    case background
}

/// A bridge's request about a task.
package struct FleetRequest: Sendable {
    /// Which reading can replace a query.
    package enum Freshness: Sendable, Hashable {
        /// A reading with a higher number than the last reading that the watch got. Nil means any reading, and a number
        /// of another epoch counts as nil. An error must also be younger than ``FleetLimits/errorAge``.
        case newer(than: ReadingNumber?)
        /// A status that is not older than the first duration, or an error that is not older than the second. A caller
        /// that needs the present state passes the time since its call began, which is zero at first. Then a reading
        /// that another bridge made since that moment is enough.
        case within(Duration, orErrorWithin: Duration)
    }

    package var taskId: TaskID
    package var freshness: Freshness
    package var urgency: FleetUrgency

    package init(_ taskId: TaskID, _ freshness: Freshness, _ urgency: FleetUrgency) {
        self.taskId = taskId
        self.freshness = freshness
        self.urgency = urgency
    }
}
