package import CoverModel

/// A fleet for people.
package struct FleetOverview: Sendable {
    package struct Member: Sendable {
        package let bridge: FleetBridge
        /// How long ago it joined.
        package let presentFor: Duration
        /// How long ago it last used the store.
        package let silentFor: Duration
    }

    package struct Task: Sendable {
        package let taskId: TaskID
        package let reading: FleetReading
        /// The bridge that queries it now.
        package let claimedBy: FleetBridge.ID?
    }

    /// The present bridges, in the order in which they joined.
    package let members: [Member]
    /// Queries per second of the whole fleet; without bridges, the least rate.
    package let rate: Double
    package let burst: Double
    /// Queries that may be sent at once now; negative if slots are granted ahead.
    package let tokens: Double
    /// Queries granted since the store was created or reset.
    package let granted: Int64
    package let pause: FleetPause?
    /// The tasks that were read last, the latest first.
    package let tasks: [Task]
}
