/// The state of the sandbox: the queried tasks, the ordered covers, and the number of queries.
///
/// The ledger is a value without a clock and without I/O.
struct SandboxLedger {
    struct Cover: Hashable {
        let musicTaskID: String
        let callbackURL: String
    }

    private struct TrackedTask {
        var task: SandboxTask
        /// When the task was ordered or first queried, on the sandbox's monotonic clock.
        let start: Duration
        /// When the task was ordered or first queried, in milliseconds since 1970.
        let created: Int64
        var requests = 0
    }

    /// How many tasks the ledger keeps. The oldest task is removed first.
    static let capacity = 1_000_000

    private var tasks: BoundedTable<TrackedTask>
    private var covers: BoundedTable<Cover>
    private var stats = SandboxStats()

    init(capacity: Int = capacity) {
        tasks = BoundedTable(capacity: capacity)
        covers = BoundedTable(capacity: capacity)
    }

    /// The answer to a query for a task, and when the task was first queried, in milliseconds since 1970.
    mutating func query(_ taskID: String, now: Duration, wallTime: Int64) -> (answer: SandboxAnswer, created: Int64) {
        stats.count(at: now)
        return tasks.update(
            ExactID(taskID),
            initial: TrackedTask(task: SandboxTask(taskID: taskID), start: now, created: wallTime)
        ) { tracked in
            tracked.requests += 1
            return (tracked.task.answer(at: max(.zero, now - tracked.start)), tracked.created)
        }
    }

    /// Orders the cover of a music task, and starts its time. A music task has one cover. The id of the cover is
    /// computed from the id of the music task.
    mutating func order(_ cover: Cover, now: Duration, wallTime: Int64) -> (taskID: String, isNew: Bool) {
        let taskID = CoverOrder(musicTaskID: cover.musicTaskID).taskID
        let isNew = covers[ExactID(taskID)] == nil
        if isNew {
            covers.update(ExactID(taskID), initial: cover) { _ in }
            let task = TrackedTask(task: SandboxTask(taskID: taskID), start: now, created: wallTime)
            tasks.update(ExactID(taskID), initial: task) { _ in }
        }
        return (taskID, isNew)
    }

    /// The cover that was ordered under this id; nil if there is none.
    func cover(_ taskID: String) -> Cover? { covers[ExactID(taskID)] }

    /// The counts so far, including those of each kept task.
    var statistics: SandboxStats {
        var stats = stats
        for (taskID, tracked) in tasks.entries where tracked.requests > 0 { stats.byTask[taskID] = tracked.requests }
        return stats
    }
}
