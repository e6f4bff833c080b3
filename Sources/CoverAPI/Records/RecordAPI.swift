import CoverModel
import Synchronization

/// The two places where the vendor keeps records of cover tasks. Both give a ``CoverStatus``.
public enum RecordAPI: String, Sendable, CaseIterable {
    /// `/api/v1/suno/cover/record-info`, which is documented.
    case cover
    /// `/api/v1/jobs/recordInfo`, which the vendor's newer pages use.
    case market
    /// Both places: first `cover`, and then `market` if `cover` does not know the task.
    case auto
}

/// The tasks that only `market` knows. They are remembered, so that they do not cost two queries each time.
final class MarketTasks: Sendable {
    /// How many tasks are kept. When there are more tasks, all of them are removed and learned again.
    static let capacity = 10_000

    private let taskIds = Mutex<Set<TaskID>>([])

    func contains(_ taskId: TaskID) -> Bool { taskIds.withLock { $0.contains(taskId) } }

    func insert(_ taskId: TaskID) {
        taskIds.withLock { taskIds in
            if taskIds.count >= Self.capacity { taskIds = [] }
            taskIds.insert(taskId)
        }
    }
}
