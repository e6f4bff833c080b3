package import CoverAPI
package import CoverWatch
import GRDB
import Jansson
import Synchronization

/// A journal in an SQLite file. One process has it at a time.
///
/// Write-ahead log with `synchronous = FULL`: a commit is on the disk when it returns, so that it survives the loss of power and
/// not only the death of the process, for which NORMAL would do. The price is one fsync a transaction, and under load the engine
/// puts all that is pending into one.
///
/// Entries are kept for 60 days; the newest is kept always, so that numbering goes on.
package final class SQLiteJournal: WatchJournal {
    static let retention: Duration = .seconds(60 * 86_400)
    static let pruning: Duration = .seconds(86_400)

    private let file: JournalFile
    let database: DatabaseQueue
    let timeline: Timeline
    private let lock: FileLock
    private let epoch: String
    private let state: Mutex<State>

    private struct State {
        var lastSequence: Int64
        var pruned: Timestamp
        var isClosed = false
    }

    /// Opens a journal, or makes one. Prunes it.
    /// - Throws: ``JournalError``.
    package init(path: String, timeline: Timeline) throws {
        self.timeline = timeline
        var file = try JournalFile(path: path)
        lock = try FileLock(for: file)
        var configuration = Configuration()
        // Someone may look into the file with another tool.
        configuration.busyMode = .timeout(5)
        let database = try translating(path) { try DatabaseQueue(path: path, configuration: configuration) }
        let now = timeline.wallTime
        let (epoch, lastSequence) = try translating(path) {
            try database.read { try JournalSchema.check($0, path: path) }
            try database.writeWithoutTransaction { db in
                try db.execute(sql: "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
            }
            try JournalSchema.migrator.migrate(database)
            return try database.write { db in
                try db.prune(before: now.advanced(by: .zero - Self.retention))
                guard let epoch = try String.fetchOne(db, sql: "SELECT epoch FROM journal") else {
                    throw JournalError(corrupt: path)
                }
                return (epoch, try db.lastSequence())
            }
        }
        file.noteLog()
        self.file = file
        self.database = database
        self.epoch = epoch
        state = Mutex(State(lastSequence: lastSequence, pruned: now))
    }

    /// Whether a file of this name could be a journal; it need not be there.
    ///
    /// - Throws: ``JournalError``.
    package static func check(name: String) throws(JournalError) { try JournalFile.check(name: name) }

    private var path: String { file.path }

    /// Moves all from the log into the file, so that a copy of the file alone is whole. To be called once nothing is committed any
    /// more; what comes later is cancelled.
    package func close() {
        let isFirst = state.withLock { state in
            defer { state.isClosed = true }
            return !state.isClosed
        }
        guard isFirst else { return }
        // A tool that reads the file meanwhile must not hold up the end of the process: the log stays then, and loses nothing.
        try? database.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA busy_timeout = 100; PRAGMA wal_checkpoint(TRUNCATE)")
        }
        try? database.close()
    }

    package var info: JournalInfo {
        JournalInfo(persistent: true, epoch: epoch, lastSequence: state.withLock(\.lastSequence))
    }

    package func restore() throws -> [WatchRecord] {
        try translating(path) { try database.read { try $0.watches() } }
    }

    package func commit(_ operations: [JournalOperation]) async throws {
        let now = timeline.wallTime
        let isPruning = try state.withLock { state in
            if state.isClosed { throw CancellationError() }
            return state.pruned.advanced(by: Self.pruning) < now
        }
        do {
            let lastSequence = try await database.write { db in
                for operation in operations { try db.perform(operation, at: now) }
                if isPruning { try db.prune(before: now.advanced(by: .zero - Self.retention)) }
                return try db.lastSequence()
            }
            // After the commit: whatever happened to the file before, nothing is told that it does not hold.
            try file.check()
            state.withLock { state in
                state.lastSequence = max(state.lastSequence, lastSequence)
                if isPruning { state.pruned = now }
            }
        } catch let error as DatabaseError {
            throw JournalError(error, path: path)
        }
    }

    package func changes(after sequence: Int64, limit: Int) async throws -> ChangePage {
        let path = path
        do {
            return try await database.read { db in
                let rows = try String.fetchAll(
                    db,
                    sql: "SELECT json FROM entry WHERE sequence > ? ORDER BY sequence LIMIT ?",
                    arguments: [sequence, max(limit, 1)]
                )
                let entries = try rows.map { json in
                    guard let entry = JournalEntry(jsonText: json) else { throw JournalError(corrupt: path) }
                    return entry
                }
                let lastSequence = try db.lastSequence()
                let more = entries.last.map { $0.sequence < lastSequence } ?? false
                return ChangePage(entries: entries, lastSequence: lastSequence, more: more)
            }
        } catch let error as DatabaseError {
            throw JournalError(error, path: path)
        }
    }

    package func finalStatuses(of taskIds: [TaskID]) async throws -> [TaskID: CoverStatus] {
        do {
            return try await database.read { db in
                var statuses: [TaskID: CoverStatus] = [:]
                for taskId in taskIds {
                    if let status = try db.finalStatus(of: taskId) { statuses[taskId] = status }
                }
                return statuses
            }
        } catch let error as DatabaseError {
            throw JournalError(error, path: path)
        }
    }
}
