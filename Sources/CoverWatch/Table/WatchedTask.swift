import CoverModel

/// One task in a ``WatchTable``: watched, waited for, or both.
struct WatchedTask: Sendable {
    let taskId: TaskID
    /// A number that rises from task to task, in the order in which the tasks were added.
    let serial: UInt64
    /// The watch of the task; nil if callers only wait for the task.
    var watching: Watching?
    /// The interval while the task is not watched.
    @Nanoseconds private var waitInterval: Duration
    var startedAt: Timestamp
    /// Until when the task may be invisible.
    @Nanoseconds var graceEnd: Duration
    /// The query in flight; nil if there is none.
    var query: UInt64?
    // The small numbers stand together, where they share eight bytes.
    /// The number of faults in a row.
    var faults: UInt8 = 0
    /// Refusals in a row that did not come from the API.
    var foreignRefusals: UInt8 = 0
    /// Polls of a success without images. The count limits how often it is polled again.
    var emptyPolls: UInt8 = 0
    var checks: Int32 = 0
    /// The number of the newest reading.
    var number: UInt64 = 0
    private var shared: Shared?
    var lastCheckedAt: Timestamp?
    /// When the last query was sent.
    @Nanoseconds var lastQueriedAt: Duration = .zero
    var waiters: [Int] = []
    private var newest: Stored?
    /// When the newest status was read. Most readings differ from the previous one only in this time, so they need no
    /// memory of their own.
    private var newestCheckedAt = Timestamp(milliseconds: 0)
    private var lastSent: Stored?
    private var lastFault: StoredFault?
    private var lastWithheld: Stored?

    /// A status on the heap. Statuses are large, and most tasks that wait for their first query have none.
    private final class Stored: Sendable {
        let status: CoverStatus

        init(_ status: CoverStatus) { self.status = status }
    }

    /// An error on the heap. Most tasks have no error, so it does not take space in each task.
    private final class StoredFault: Sendable {
        let error: CoverError

        init(_ error: CoverError) { self.error = error }
    }

    /// What a fleet shares about the task. It is on the heap, because most bridges have no fleet.
    private final class Shared: Sendable {
        let number: ReadingNumber?
        let dueAfterQuery: Duration?

        init?(_ number: ReadingNumber?, _ dueAfterQuery: Duration?) {
            if number == nil, dueAfterQuery == nil { return nil }
            self.number = number
            self.dueAfterQuery = dueAfterQuery
        }
    }

    /// The number of the newest reading that a fleet shares.
    var sharedNumber: ReadingNumber? {
        get { shared?.number }
        set { shared = Shared(newValue, dueAfterQuery) }
    }

    /// When the next query is due, according to a reading of the fleet that came during this task's query; nil if no
    /// such reading came.
    var dueAfterQuery: Duration? {
        get { shared?.dueAfterQuery }
        set { if newValue != dueAfterQuery { shared = Shared(sharedNumber, newValue) } }
    }

    /// Why the newest reading had no status; nil if it had one, or if there is no reading.
    var fault: CoverError? {
        get { lastFault?.error }
        set { lastFault = newValue.map(StoredFault.init) }
    }

    /// The newest status that was not stale.
    var last: CoverStatus? {
        get {
            var status = newest?.status
            status?.checkedAt = newestCheckedAt
            return status
        }
        set {
            if let newValue {
                newestCheckedAt = newValue.checkedAt
                if let newest, newValue.saysTheSame(as: newest.status) { return }
            }
            newest = newValue.map(Stored.init)
        }
    }

    /// The success without images that was read last, while the task is polled for the images; nil otherwise. It counts
    /// as read, but it is not emitted before the polls are over.
    var withheld: CoverStatus? {
        get { lastWithheld?.status }
        set { lastWithheld = newValue.map(Stored.init) }
    }

    /// The status of the last change of this watch; nil until there is one.
    var sent: CoverStatus? { lastSent?.status }

    /// Records that the newest status has been emitted.
    mutating func markSent() {
        if let last, last.checkedAt != newest?.status.checkedAt { newest = Stored(last) }
        lastSent = newest
    }

    /// Forgets the emitted status, because the task is no longer watched.
    mutating func clearSent() { lastSent = nil }

    init(taskId: TaskID, serial: UInt64, waitInterval: Duration, startedAt: Timestamp, graceEnd: Duration) {
        self.taskId = taskId
        self.serial = serial
        _waitInterval = Nanoseconds(wrappedValue: waitInterval)
        self.startedAt = startedAt
        _graceEnd = Nanoseconds(wrappedValue: graceEnd)
    }

    var isWatched: Bool { watching != nil }

    var interval: Duration { watching?.terms.interval ?? waitInterval }

    /// Whether events about the watch are held back.
    var isHeld: Bool { watching?.isHeld ?? false }

    /// Whether the task is polled. The task of a watch that has not begun is not polled.
    var needsQueries: Bool { watching?.hasBegun ?? true }

    /// What the journal must do about the watch: store its current state, or forget it.
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

/// A caller that waits until a task is final.
struct Waiter: Sendable {
    let serial: UInt64
    /// The key of the task.
    let task: Int
}

/// The identity of a waiter. No later waiter gets the same identity.
package struct WaiterID: Hashable, Sendable {
    let key: Int
    let serial: UInt64
}

/// A query in flight.
struct Flight: Sendable {
    /// The key of the task, which may have been removed in the meantime.
    let task: Int
    /// When the query was due, which may be well before it was sent.
    let due: Duration
    /// The number of the newest shared reading when the query was sent.
    let sharedNumber: ReadingNumber?
}

/// A `sync` that waits for everything that was due at its moment.
struct Barrier: Sendable {
    let id: UInt64
    let moment: Duration
    let deadline: Duration
}
