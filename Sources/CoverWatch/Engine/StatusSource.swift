package import CoverModel

/// The source of statuses that an engine polls.
package protocol StatusSource: Sendable {
    /// How many of the wanted polls are within the budget now.
    func turns(_ wanted: Int) async -> Turns
    /// Returns turns that were not used.
    func giveBack(_ turns: Int)
    /// Sends one query about a task, with a turn that was granted.
    ///
    /// - Parameter freshness: which reading of another bridge in the fleet can replace the query.
    /// - Throws: `CancellationError` if the task is cancelled; ``CoverModel/FleetDeferral`` if the fleet defers the query.
    func poll(_ taskId: TaskID, _ freshness: FleetFreshness) async throws -> Reading
}
