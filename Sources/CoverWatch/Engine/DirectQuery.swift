package import CoverModel
import Synchronization

/// A caller's own query about a task, outside the polls of a watch. Events about the task are emitted after the caller
/// has its answer.
package final class DirectQuery: Sendable {
    private let number: UInt64
    private let taskId: TaskID
    private let isOpen = Atomic(true)
    private weak let engine: WatchEngine?

    init(_ number: UInt64, of taskId: TaskID, in engine: WatchEngine) {
        self.number = number
        self.taskId = taskId
        self.engine = engine
    }

    deinit { close() }

    /// Marks the caller as answered. A second call does nothing.
    package func close() {
        guard isOpen.exchange(false, ordering: .relaxed), let engine else { return }
        engine.update { $0.table.endDirectQuery(number, of: taskId, at: engine.timeline.moment) }
    }
}

extension WatchEngine {
    /// Begins a direct query. Call this before the query is sent, and close the result when its caller has been
    /// answered.
    package func beginDirectQuery(of taskId: TaskID) -> DirectQuery {
        DirectQuery(update { $0.table.beginDirectQuery(of: taskId) }, of: taskId, in: self)
    }

    /// Handles a reading that a caller made: of a task, or of the host alone if there is no task. A reading that is
    /// older than the newest known one is dropped.
    package func observe(_ taskId: TaskID?, _ reading: Reading) {
        update { $0.table.observe(taskId, reading, at: timeline.moment) }
    }

    /// Handles an event of this bridge's fleet.
    package func handle(_ event: FleetEvent) { update { $0.table.handle(event, at: timeline.moment) } }
}
