import CoverModel

extension WatchEngine {
    package struct Configuration: Sendable {
        /// How many queries may be under way.
        package var maximumInFlight = 32
        /// How long queries that come one right after the other are gathered, so that they go together.
        package var gathering: Duration = .milliseconds(5)
        /// How long an invisible task is given to become visible.
        package var grace: Duration = .seconds(90)
        /// How often a task is asked about that is waited for and not watched.
        package var defaultInterval: Duration = .seconds(Limits.interval)
        /// How often a success without images is looked at again.
        package var emptyPolls = 5
        /// The longest pause after faults of one task.
        package var maximumBackoff: Duration = .seconds(300)
        /// The longest pause of the host.
        package var maximumPause: Duration = .seconds(600)
        /// How long `sync` waits for queries that are slow.
        package var maximumSync: Duration = .seconds(5)

        package init() {}
    }
}
