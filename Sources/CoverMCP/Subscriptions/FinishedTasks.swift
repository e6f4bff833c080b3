import CoverModel

/// The tasks that became final while this process ran, and the numbers of their images. The latest task comes first,
/// and the number of tasks is limited.
struct FinishedTasks {
    private static let capacity = 100

    private(set) var entries: [(taskId: TaskID, images: Int)] = []

    mutating func insert(_ status: CoverStatus) {
        entries.removeAll { $0.taskId == status.taskId }
        entries.insert((status.taskId, status.images.count), at: 0)
        if entries.count > Self.capacity { entries.removeLast() }
    }
}
