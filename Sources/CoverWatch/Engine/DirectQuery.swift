package import CoverModel
import Synchronization

/// A caller that asks about a task by itself. What is read of the task until it is answered is told after that.
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

    /// The caller is answered. A second call does nothing.
    package func close() {
        guard isOpen.exchange(false, ordering: .relaxed), let engine else { return }
        engine.update { $0.table.endDirectQuery(number, of: taskId, at: engine.timeline.moment) }
    }
}

extension WatchEngine {
    /// To be called before the query is made, and closed when its caller has been answered.
    package func beginDirectQuery(of taskId: TaskID) -> DirectQuery {
        DirectQuery(update { $0.table.beginDirectQuery(of: taskId) }, of: taskId, in: self)
    }

    /// Takes a reading that a caller made by itself, of a task or of the host alone. Older ones than are known are dropped.
    package func observe(_ taskId: TaskID?, _ reading: Reading) {
        update { $0.table.observe(taskId, reading, at: timeline.moment) }
    }
}
