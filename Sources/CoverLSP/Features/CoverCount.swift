import CoverModel

/// How many of the followed covers of this round are done. A round begins when a cover is followed while no other
/// followed cover is running. The round ends when all its covers are done.
struct CoverCount: Sendable, Equatable {
    private(set) var round = 0
    private(set) var running: Set<TaskID> = []
    private(set) var done = 0

    var total: Int { done + running.count }
    var isOver: Bool { running.isEmpty }

    mutating func begin(_ taskIds: [TaskID]) {
        guard !taskIds.isEmpty else { return }
        if running.isEmpty { (round, done) = (round + 1, 0) }
        running.formUnion(taskIds)
    }

    mutating func finish(_ taskId: TaskID) { if running.remove(taskId) != nil { done += 1 } }

    /// Removes covers that are no longer followed.
    mutating func drop(_ taskIds: [TaskID]) { running.subtract(taskIds) }

    var text: String { "\(done) of \(total) \(total == 1 ? "cover" : "covers") done" }

    /// The percentage, from 0 to 100.
    var percentage: Int { total == 0 ? 100 : done * 100 / total }
}
