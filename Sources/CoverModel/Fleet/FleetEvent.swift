/// What a bridge hears of its fleet.
package enum FleetEvent: Sendable {
    /// A bridge of the fleet read this of a task.
    case reading(TaskID, Reading)
    /// The API asked for a pause of all queries, until this moment.
    case paused(until: Duration, isMaintenance: Bool)
    /// The pause is over, and the API agrees.
    case resumed
    /// The bridges of the fleet are others than before: when each of them looks at a task.
    case timed(FleetTiming)
    /// The store does not answer: from now on this bridge goes on alone, with so many queries per second.
    case alone(rate: Double)
    /// The store has not answered for so long that people want to hear of it. What is wrong, and what to do next.
    case degraded(String)
    /// The store answers again.
    case together
}

/// When a bridge of a fleet looks at a task. All bridges compute the same moments, without a word between them.
package struct FleetTiming: Sendable {
    /// A number in 0..<1, the same in all bridges, drawn from a task and the number of its last reading.
    package let chance: @Sendable (TaskID, ReadingNumber) -> Double
    /// How long this bridge lets others go first.
    package let delay: @Sendable (TaskID) -> Duration

    package init(
        chance: @escaping @Sendable (TaskID, ReadingNumber) -> Double,
        delay: @escaping @Sendable (TaskID) -> Duration
    ) {
        self.chance = chance
        self.delay = delay
    }
}
