package import CoverModel

/// The source of statuses that an engine polls.
package protocol StatusSource: Sendable {
    /// How many of the wanted polls are within the budget now.
    func turns(_ wanted: Int) async -> Turns
    /// Returns turns that were not used.
    func giveBack(_ turns: Int)
    /// Sends one query about a task, with a turn that was granted.
    ///
    /// - Parameter freshness: which reading of another bridge of the fleet makes the query needless.
    /// - Throws: `CancellationError` if the task is cancelled; ``CoverModel/FleetDeferral`` where the fleet has no turn yet.
    func poll(_ taskId: TaskID, _ freshness: FleetFreshness) async throws -> Reading
}
