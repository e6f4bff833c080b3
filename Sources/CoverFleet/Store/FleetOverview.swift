package import CoverModel

/// A fleet as people look at it.
package struct FleetOverview: Sendable {
    package struct Member: Sendable {
        package let bridge: FleetBridge
        /// How long ago it came.
        package let presentFor: Duration
        /// How long ago it last did anything.
        package let silentFor: Duration
    }

    package struct Task: Sendable {
        package let taskId: TaskID
        package let reading: FleetReading
        /// The bridge that queries it now.
        package let claimedBy: FleetBridge.ID?
    }

    /// The bridges that are there, in the order in which they came.
    package let members: [Member]
    /// Queries per second of the whole fleet; where no bridge is there, what one would have at the least.
    package let rate: Double
    package let burst: Double
    /// Queries that may go at once now; negative where some are granted ahead.
    package let tokens: Double
    /// Queries granted in the store's life.
    package let granted: Int64
    package let pause: FleetPause?
    /// The tasks that were read last, the latest first.
    package let tasks: [Task]
}
