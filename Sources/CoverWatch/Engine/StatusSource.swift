package import CoverModel

/// The source of statuses that an engine polls.
package protocol StatusSource: Sendable {
    /// How many of the wanted polls are within the budget now.
    func turns(_ wanted: Int) async -> Turns
    /// Returns turns that were not used.
    func giveBack(_ turns: Int)
    /// Sends one query about a task, with a turn that was granted.
    ///
    /// - Throws: `CancellationError` if the task is cancelled.
    func poll(_ taskId: TaskID) async throws -> Reading
}
