import CoverModel

extension WatchEngine {
    package struct Configuration: Sendable {
        /// How many queries may be in flight at once.
        package var maximumInFlight = 32
        /// The time from one beat to the next, in whole milliseconds. Repeated queries are sent at a beat, so that several are sent
        /// together.
        package var beat: Duration = .milliseconds(8)
        /// How long a task may be invisible before its watch ends.
        package var grace: Duration = .seconds(90)
        /// The interval for a task that a caller waits for and that is not watched.
        package var defaultInterval: Duration = .seconds(Limits.interval)
        /// The allowed intervals. A restored watch with another interval gets the nearest of these.
        package var intervals = Duration.seconds(Limits.intervals.lowerBound)...(.seconds(Limits.intervals.upperBound))
        /// How many more times a success without images is polled.
        package var emptyPolls = 5
        /// The longest pause after faults of one task.
        package var maximumBackoff: Duration = .seconds(300)
        /// The longest pause of the host.
        package var maximumPause: Duration = .seconds(600)
        /// How long `sync` waits for slow queries.
        package var maximumSync: Duration = .seconds(5)

        package init() {}
    }
}
