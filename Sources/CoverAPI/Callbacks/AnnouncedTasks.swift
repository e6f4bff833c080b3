import CoverModel
import Synchronization

/// The polls that follow a callback: one series per task. The client owns the series, so a caller that leaves does not
/// end the series.
final class AnnouncedTasks: Sendable {
    private struct State {
        var series: [TaskID: Task<Void, Never>] = [:]
        var isClosed = false
    }

    private let state = Mutex(State())

    /// Runs a series, and waits for its result.
    ///
    /// - Returns: nil if a series runs for this task already, or if the client has been shut down.
    /// - Throws: `CancellationError` if the caller is cancelled.
    func result(
        of taskId: TaskID,
        _ work: @escaping @Sendable () async -> Result<CoverStatus, any Error>
    ) async throws -> Result<CoverStatus, any Error>? {
        let (results, send) = AsyncStream.makeStream(of: Result<CoverStatus, any Error>.self)
        let isFirst = state.withLock { state in
            guard !state.isClosed, state.series[taskId] == nil else { return false }
            state.series[taskId] = Task {
                send.yield(await work())
                send.finish()
                self.state.withLock { $0.series[taskId] = nil }
            }
            return true
        }
        guard isFirst else { return nil }
        for await result in results { return result }
        throw CancellationError()
    }

    /// Ends all series.
    func close() {
        let all = state.withLock { state in
            state.isClosed = true
            return Array(state.series.values)
        }
        for series in all { series.cancel() }
    }
}
