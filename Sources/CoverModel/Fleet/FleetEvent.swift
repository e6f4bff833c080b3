/// An event of the fleet, for one bridge.
package enum FleetEvent: Sendable {
    /// A bridge of the fleet read a task.
    case reading(TaskID, Reading)
    /// The API asked for a pause of all queries, until this moment.
    case paused(until: Duration, isMaintenance: Bool)
    /// The pause is over, and an answer of the API has confirmed that.
    case resumed
    /// The set of bridges has changed. So the times at which each bridge polls a task have changed too.
    case timed(FleetTiming)
    /// The store does not answer: from now on this bridge continues alone, with this many queries per second.
    case alone(rate: Double)
    /// The store has been away long enough to report it. The text says what is wrong, and what to do next.
    case degraded(String)
    /// The store answers again.
    case together
}

/// When a bridge of a fleet polls a task. All bridges compute the same moments, without communication.
package struct FleetTiming: Sendable {
    /// A number in 0..<1 that is computed from a task and the number of its last reading. The result is the same in all
    /// bridges.
    package let chance: @Sendable (TaskID, ReadingNumber) -> Double
    /// How long this bridge waits for others to poll first.
    package let delay: @Sendable (TaskID) -> Duration

    package init(
        chance: @escaping @Sendable (TaskID, ReadingNumber) -> Double,
        delay: @escaping @Sendable (TaskID) -> Duration
    ) {
        self.chance = chance
        self.delay = delay
    }
}
