package import CoverModel

/// The store of watches and changes.
///
/// ``commit(_:)`` takes effect in the order of its calls. A running engine makes one call at a time.
package protocol WatchJournal: Sendable {
    var info: JournalInfo { get }
    /// The watches that have not ended, in the order in which they began. Called once, before everything else.
    func restore() throws -> [WatchRecord]
    /// Executes all operations in order, or none. When the method returns, the operations survive a crash if the
    /// journal is persistent.
    func commit(_ operations: [JournalOperation]) async throws
    /// The entries after a sequence number, oldest first.
    func changes(after sequence: Int64, limit: Int) async throws -> ChangePage
    /// The final status of each of these tasks whose newest entry is a final change.
    func finalStatuses(of taskIds: [TaskID]) async throws -> [TaskID: CoverStatus]
    /// The dismissed tasks. For each, the number of the newest entry that it had when it was dismissed.
    func dismissals() async throws -> [TaskID: Int64]
}

/// What a client needs to know about a journal in order to continue reading.
package struct JournalInfo: Sendable {
    /// Whether the journal outlives the process.
    package var persistent: Bool
    /// The epoch of the numbers. When the numbers begin again at 1, a new epoch begins.
    package var epoch: String
    /// The number of the newest entry; 0 if there is none yet.
    package var lastSequence: Int64

    package init(persistent: Bool, epoch: String, lastSequence: Int64) {
        self.persistent = persistent
        self.epoch = epoch
        self.lastSequence = lastSequence
    }
}

/// What the journal stores about a watch, so that it can be restored.
package struct WatchRecord: Sendable {
    package var taskId: TaskID
    package var interval: Duration
    package var startedAt: Timestamp
    package var deadline: Timestamp?
    /// The status of the last change; nil if there was none.
    package var last: CoverStatus?

    package init(
        taskId: TaskID,
        interval: Duration,
        startedAt: Timestamp,
        deadline: Timestamp? = nil,
        last: CoverStatus? = nil
    ) {
        self.taskId = taskId
        self.interval = interval
        self.startedAt = startedAt
        self.deadline = deadline
        self.last = last
    }
}

package enum JournalOperation: Sendable {
    /// Stores a watch, or replaces its stored state.
    case store(WatchRecord)
    /// Removes a watch without an entry: a client stopped it, its call was undone, or it is no longer to be stored.
    case forget(taskId: TaskID)
    /// Notes that the user no longer wants to see the entries that a task has now. The entries stay.
    case dismiss(taskId: TaskID)
    /// Stores an entry. A change becomes the `last` of its watch. An entry that ends its watch removes the watch.
    case append(EncodedEntry)
}

/// A part of a journal.
package struct ChangePage: Sendable {
    /// The entries, oldest first.
    package var entries: [JournalEntry]
    /// The number of the newest entry of the journal, which may not be on this page.
    package var lastSequence: Int64
    /// Whether more entries follow the last one of this page.
    package var more: Bool

    package init(entries: [JournalEntry], lastSequence: Int64, more: Bool) {
        self.entries = entries
        self.lastSequence = lastSequence
        self.more = more
    }
}
