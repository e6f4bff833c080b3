package import CoverModel
package import CoverWatch
import Jansson
import SQLite
import Synchronization

/// A journal in an SQLite file. One process uses the file at a time. If the process is killed with `kill -9`, nothing
/// is lost.
///
/// The engine commits each change here before it emits the change. The journal uses a write-ahead log with `synchronous
/// = FULL`: when a commit returns, the data is on the disk, and survives the death of the process and the loss of
/// power. (NORMAL would be enough for the death of the process.) The price is one fsync per transaction. Under load,
/// the engine puts everything that is pending into one transaction. After a crash, the next process restores the
/// watches from this file and reads the tasks again.
///
/// Entries are kept for 60 days. The newest entry is always kept, so that numbering continues.
package final class SQLiteJournal: WatchJournal {
    static let retention: Duration = .seconds(60 * 86_400)
    static let pruning: Duration = .seconds(86_400)

    private let file: JournalFile
    let database: Database
    let timeline: Timeline
    private let lock: FileLock
    private let epoch: String
    private let state: Mutex<State>

    private struct State {
        var lastSequence: Int64
        var pruned: Timestamp
        var isClosed = false
        /// Set when another program has cut the log. The file then lacks changes that were emitted.
        var loss: JournalError?
    }

    /// Opens a journal, or creates one, and prunes it. If this fails, no new file stays.
    ///
    /// - Throws: ``JournalError``.
    package init(path: String, timeline: Timeline) throws {
        self.timeline = timeline
        var file = try JournalFile(path: path)
        do throws(JournalError) { lock = try FileLock(for: file) } catch {
            file.removeIfNew()
            throw error
        }
        let now = timeline.wallTime
        let (database, epoch, lastSequence): (Database, String, Int64)
        do {
            (database, epoch, lastSequence) = try translating(path) { try Self.open(path, at: now) }
        } catch {
            file.removeIfNew(isLocked: true)
            lock.removeIfNew()
            throw error
        }
        file.noteLog()
        self.file = file
        self.database = database
        self.epoch = epoch
        state = Mutex(State(lastSequence: lastSequence, pruned: now))
        database.guardLog { [weak self] connection in
            let loss = JournalError(cut: path)
            self?.state.withLock { $0.loss = loss }
            // The log may have held the tables too.
            try JournalSchema.migrate(connection)
            // The numbers of the lost changes are given out again. Clients learn this from the new epoch.
            try JournalSchema.renewEpoch(connection)
            throw loss
        }
    }

    private static func open(_ path: String, at now: Timestamp) throws -> (Database, epoch: String, lastSequence: Int64)
    {
        // Another tool may be reading the file, so calls wait for its lock.
        let database = try Database(path: path, busyLimit: .seconds(5))
        return try database.wait { connection in
            try JournalSchema.check(connection, path: path)
            try connection.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
            try JournalSchema.migrate(connection)
            try connection.prune(before: now.advanced(by: .zero - Self.retention))
            guard let epoch = try connection.epoch() else { throw JournalError(corrupt: path) }
            return (database, epoch, try connection.lastSequence())
        }
    }

    /// The file of a journal, followed by the files beside it.
    package static func files(of path: String) -> [String] {
        [path] + DatabaseFile.companions(of: path) + [JournalFile.lockName(of: path)]
    }

    /// Checks whether a file of this name could be a journal. The file need not exist.
    ///
    /// - Throws: ``JournalError``.
    package static func check(name: String) throws(JournalError) { try JournalFile.check(name: name) }

    private var path: String { file.path }

    /// Moves everything from the log into the file, so that a copy of the file alone is complete. Call this when
    /// nothing is committed any more; a call that comes later is cancelled.
    ///
    /// - Parameters:
    ///   - isKept: whether a file that this journal has created stays if nothing is in it.
    ///   - report: called with the error if it is noticed only now that another program has cut the log.
    package func close(isKept: Bool = true, report: (JournalError) -> Void = { _ in }) {
        let isFirst = state.withLock { state in
            defer { state.isClosed = true }
            return !state.isClosed
        }
        guard isFirst else { return }
        let known = state.withLock(\.loss)
        // A tool that reads the file now must not delay the end of the process. In that case the log stays, and nothing
        // is lost.
        // If the file was replaced, the log beside it belongs to the new file now, and must not be emptied into the old one.
        if !lock.isOrphaned {
            try? database.wait { connection in
                try connection.execute("PRAGMA busy_timeout = 100; PRAGMA wal_checkpoint(TRUNCATE)")
            }
        }
        if known == nil, let loss = state.withLock(\.loss) { report(loss) }
        let isUnused =
            !isKept && state.withLock(\.lastSequence) == 0
            && (try? database.wait { try $0.watches().isEmpty }) == true
        database.close()
        if isUnused {
            file.removeIfNew(isLocked: true)
            lock.removeIfNew()
        }
    }

    package var info: JournalInfo {
        JournalInfo(persistent: true, epoch: epoch, lastSequence: state.withLock(\.lastSequence))
    }

    package func restore() throws -> [WatchRecord] {
        try translating(path) { try database.wait { try $0.watches() } }
    }

    package func commit(_ operations: [JournalOperation]) async throws {
        let now = timeline.wallTime
        let isPruning = try state.withLock { state in
            if state.isClosed { throw CancellationError() }
            if let loss = state.loss { throw loss }
            return state.pruned.advanced(by: Self.pruning) < now
        }
        do {
            let lastSequence = try await database.run { connection in
                try connection.transaction {
                    for operation in operations { try connection.perform(operation, at: now) }
                    if isPruning { try connection.prune(before: now.advanced(by: .zero - Self.retention)) }
                    return try connection.lastSequence()
                }
            }
            // This check comes after the commit. If the file was replaced, the changes in it are not emitted.
            try file.check()
            state.withLock { state in
                state.lastSequence = max(state.lastSequence, lastSequence)
                if isPruning { state.pruned = now }
            }
        } catch let error as SQLiteError {
            throw JournalError(error, path: path)
        }
    }

    package func changes(after sequence: Int64, limit: Int) async throws -> ChangePage {
        let (texts, lastSequence) = try await read { connection in
            (try connection.entries(after: sequence, limit: limit), try connection.lastSequence())
        }
        // The texts are parsed here, so that commits need not wait for the parsing.
        let entries = try texts.map { text in
            guard let entry = JournalEntry(jsonText: text) else { throw JournalError(corrupt: path) }
            return entry
        }
        let more = entries.last.map { $0.sequence < lastSequence } ?? false
        return ChangePage(entries: entries, lastSequence: lastSequence, more: more)
    }

    package func dismissals() async throws -> [TaskID: Int64] {
        Dictionary(try await read { try $0.dismissals() }, uniquingKeysWith: max)
    }

    package func finalStatuses(of taskIds: [TaskID]) async throws -> [TaskID: CoverStatus] {
        let texts = try await read { connection in
            try taskIds.map { try connection.newestEntry(of: $0) }
        }
        var statuses: [TaskID: CoverStatus] = [:]
        for (taskId, text) in zip(taskIds, texts) {
            guard case .changed(let change) = text.flatMap(JournalEntry.init(jsonText:)), change.final else { continue }
            statuses[taskId] = change.status
        }
        return statuses
    }

    private func read<T: Sendable>(_ body: @escaping @Sendable (Connection) throws -> T) async throws -> T {
        do { return try await database.run(body) } catch let error as SQLiteError {
            throw JournalError(error, path: path)
        }
    }
}
