package import CoverAPI

/// What looks at a task once.
package protocol CoverProbe: Sendable {
    /// Asks once. Throws `CoverError`, or `CancellationError` when the task that asks is cancelled.
    func look(at taskId: TaskID) async throws -> CoverStatus
}
