import CoverModel

/// One task in a ``WatchTable``: watched, waited for, or both.
struct WatchedTask: Sendable {
    let taskId: TaskID
    /// Rises from task to task: the order in which they came.
    let serial: UInt64
    /// nil while the task is only waited for.
    var watching: Watching?
    /// The interval while nothing watches the task.
    let waitInterval: Duration
    var startedAt: Timestamp
    /// Until when it may be invisible.
    var graceEnd: Duration
    /// The query that is under way.
    var query: UInt64?
    /// The number of the newest reading.
    var number: UInt64 = 0
    var checks: Int32 = 0
    /// Faults in a row.
    var faults: UInt8 = 0
    /// Answers in a row that were refusals, and not the API's.
    var foreignRefusals = 0
    /// Successes without images: what was looked at again before its time, so that it comes to an end.
    var emptyPolls: UInt8 = 0
    var lastCheckedAt: Timestamp?
    /// When the last query went out.
    var lastQueriedAt: Duration = .zero
    var waiters: [Int] = []
    private var seen: Seen?
    private var told: Seen?

    /// Statuses are large, and most tasks that wait for their first query have none.
    private final class Seen: Sendable {
        let status: CoverStatus

        init(_ status: CoverStatus) { self.status = status }
    }

    /// The newest status that was not behind another.
    var last: CoverStatus? {
        get { seen?.status }
        set { seen = newValue.map(Seen.init) }
    }

    /// The status of the last change of this watch; nil until there is one.
    var sent: CoverStatus? { told?.status }

    /// The newest status is that of the last change from now on.
    mutating func markSent() { told = seen }

    /// The watch has no change any more.
    mutating func clearSent() { told = nil }

    init(taskId: TaskID, serial: UInt64, waitInterval: Duration, startedAt: Timestamp, graceEnd: Duration) {
        self.taskId = taskId
        self.serial = serial
        self.waitInterval = waitInterval
        self.startedAt = startedAt
        self.graceEnd = graceEnd
    }

    var isWatched: Bool { watching != nil }

    var interval: Duration { watching?.terms.interval ?? waitInterval }

    /// Whether nothing of the watch may be told now.
    var isHeld: Bool { watching?.isHeld ?? false }

    /// Whether queries about it may be made: a watch that has not begun waits for that.
    var needsQueries: Bool { watching?.hasBegun ?? true }

    /// What the journal is to do about the watch: keep it as it is now, or forget it.
    var keeping: WatchTable.Action? {
        guard let watching else { return nil }
        guard let terms = watching.recorded, terms.isPersistent else { return .forget(taskId: taskId) }
        return .store(
            WatchRecord(
                taskId: taskId,
                interval: terms.interval,
                startedAt: startedAt,
                deadline: terms.deadline,
                last: sent
            )
        )
    }
}

/// Someone who waits for a task to be final.
struct Waiter: Sendable {
    let serial: UInt64
    /// The task's key.
    let task: Int
}

/// A waiter's name, which is not used again.
package struct WaiterID: Hashable, Sendable {
    let key: Int
    let serial: UInt64
}

/// A query under way.
struct Flight: Sendable {
    /// The task's key; the task may have gone meanwhile.
    let task: Int
    /// When it was due, which may be well before it went.
    let due: Duration
}

/// A `sync` that waits for what was due at its moment.
struct Barrier: Sendable {
    let id: UInt64
    let moment: Duration
    let deadline: Duration
}
