package import CoverModel

/// An overview of a fleet to show to a user.
package struct FleetOverview: Sendable {
    package struct Member: Sendable {
        package let bridge: FleetBridge
        /// How long ago the bridge joined the fleet.
        package let presentFor: Duration
        /// How long ago the bridge last used the store.
        package let silentFor: Duration
    }

    package struct Task: Sendable {
        package let taskId: TaskID
        package let reading: FleetReading
        /// The bridge that queries the task now; nil if no bridge does.
        package let claimedBy: FleetBridge.ID?
    }

    /// The present bridges, in the order in which they joined.
    package let members: [Member]
    /// The queries per second of the whole fleet. If the fleet has no bridges, this is the lowest possible rate.
    package let rate: Double
    package let burst: Double
    /// The number of queries that may be sent at once now; negative if slots in the future are already granted.
    package let tokens: Double
    /// The number of queries granted since the store was created or reset.
    package let granted: Int64
    package let pause: FleetPause?
    /// The tasks with the most recent readings. The most recent one comes first.
    package let tasks: [Task]
}
