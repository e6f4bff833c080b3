package import CoverModel

/// Where watches and changes are kept.
///
/// ``commit(_:)`` takes effect in the order of its calls; the engine makes one at a time while it runs.
package protocol WatchJournal: Sendable {
    var info: JournalInfo { get }
    /// The watches that were not over, in the order they began. Called once, before anything else.
    func restore() throws -> [WatchRecord]
    /// Does all of the operations, in order, or none. When it returns, they survive a crash if the journal is persistent.
    func commit(_ operations: [JournalOperation]) async throws
    /// The entries after a sequence number, oldest first.
    func changes(after sequence: Int64, limit: Int) async throws -> ChangePage
    /// The final status of each of these tasks whose newest entry is a final change.
    func finalStatuses(of taskIds: [TaskID]) async throws -> [TaskID: CoverStatus]
}

/// What a client must know of a journal in order to read on.
package struct JournalInfo: Sendable {
    /// Whether it survives the process.
    package var persistent: Bool
    /// Another epoch means that numbering began anew.
    package var epoch: String
    /// The number of the newest entry; 0 where there is none yet.
    package var lastSequence: Int64

    package init(persistent: Bool, epoch: String, lastSequence: Int64) {
        self.persistent = persistent
        self.epoch = epoch
        self.lastSequence = lastSequence
    }
}

/// What must be known of a watch to take it up again.
package struct WatchRecord: Sendable {
    package var taskId: TaskID
    package var interval: Duration
    package var startedAt: Timestamp
    package var deadline: Timestamp?
    /// The status sent last; nil where nothing has been sent.
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
    /// Keeps a watch, or keeps it anew.
    case store(WatchRecord)
    /// Forgets a watch that is no longer wanted.
    case forget(taskId: TaskID)
    /// Keeps an entry. A change becomes the `last` of its watch; an entry that ends its watch removes it.
    case append(EncodedEntry)
}

/// A piece of a journal.
package struct ChangePage: Sendable {
    /// Oldest first.
    package var entries: [JournalEntry]
    /// The number of the journal's newest entry, whether it is on this page or not.
    package var lastSequence: Int64
    /// Whether there is more after the last of these entries.
    package var more: Bool

    package init(entries: [JournalEntry], lastSequence: Int64, more: Bool) {
        self.entries = entries
        self.lastSequence = lastSequence
        self.more = more
    }
}
