package import CoverModel

/// What looks at tasks.
package protocol StatusSource: Sendable {
    /// How many of so many looks are within the budget now.
    func turns(_ wanted: Int) async -> Turns
    /// Takes turns back that were not needed.
    func giveBack(_ turns: Int)
    /// Asks once, with a turn that was granted. Throws `CancellationError` when the task that asks is cancelled.
    func poll(_ taskId: TaskID) async throws -> Reading
}
