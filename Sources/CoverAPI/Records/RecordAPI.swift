import CoverModel
import Synchronization

/// The two places where the vendor keeps records of cover tasks. What comes back is one ``CoverStatus`` either way.
public enum RecordAPI: String, Sendable, CaseIterable {
    /// `/api/v1/suno/cover/record-info`, the documented one.
    case cover
    /// `/api/v1/jobs/recordInfo`, which the vendor's newer pages use.
    case market
    /// The cover's, and the market's where that does not know the task.
    case auto
}

/// Which tasks the market alone has known, so that they do not cost two queries each time.
final class MarketTasks: Sendable {
    /// How many are remembered; beyond it all are learned anew.
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
