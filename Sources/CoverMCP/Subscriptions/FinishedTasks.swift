import CoverModel

/// The tasks that became final in this process and the numbers of their images, latest first. The number of tasks is
/// bounded.
struct FinishedTasks {
    private static let capacity = 100

    private(set) var entries: [(taskId: TaskID, images: Int)] = []

    mutating func insert(_ status: CoverStatus) {
        entries.removeAll { $0.taskId == status.taskId }
        entries.insert((status.taskId, status.images.count), at: 0)
        if entries.count > Self.capacity { entries.removeLast() }
    }
}
