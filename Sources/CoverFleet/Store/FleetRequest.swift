package import CoverModel

/// How urgent a query is when the budget is short.
package enum FleetUrgency: Sendable, Hashable {
    /// A caller waits for the answer.
    case interactive
    /// A watch's next look. Where both wait, one slot in five at least is of this kind.
    case background
}

/// What a bridge wants to know of a task.
package struct FleetRequest: Sendable {
    /// Which reading will do instead of a query.
    package enum Freshness: Sendable, Hashable {
        /// One with a newer number than the one the watch has seen; nil: any. A number of another epoch counts as nil.
        case newer(than: ReadingNumber?)
        /// One that is no older. A caller that wants the present state gives the time since its call began, zero at first: a reading
        /// that another bridge made meanwhile will do.
        case within(Duration)
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
