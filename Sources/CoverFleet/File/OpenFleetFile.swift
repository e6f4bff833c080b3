import CoverModel
import SQLite
import Synchronization

/// An open file of a fleet. It has one connection, and remembers up to which number the changes were announced.
final class OpenFleetFile: Sendable {
    private struct Watermark {
        var epoch: UInt64 = 0
        var change: Int64 = 0
        var number: Int64 = 0
        /// The last known value of SQLite's `data_version`, which changes with each commit of another connection.
        var dataVersion: Int64 = -1

        mutating func move(to row: FleetRow) {
            epoch = row.fleet.epoch
            change = row.change
            number = row.fleet.lastNumber
        }
    }

    let file: FleetFile
    let database: Database
    private let name: String
    private let start: String
    private let clock: @Sendable () -> Duration
    private let watermark = Mutex(Watermark())
    private let isPostPending = Atomic(false)
    /// Whether this process has already used the fleet with its own clock.
    private let isEntered = Atomic(false)
    private let companions: [FileIdentity?]

    /// Opens the file, or creates it. Blocks.
    ///
    /// - Parameters:
    ///   - name: the name of the fleet.
    ///   - start: this start of the host.
    ///   - patience: how long to wait for the lock of another process.
    /// - Throws: ``FleetStoreError``, `SQLiteError`.
    init(
        path: String,
        name: String,
        start: String,
        patience: Duration,
        clock: @escaping @Sendable () -> Duration
    ) throws {
        file = try FleetFile(path: path)
        database = try Database(path: path, busyLimit: patience)
        self.name = name
        self.start = start
        self.clock = clock
        let row = try database.wait { connection in
            try FleetTables.prepare(connection, path: path)
            return try connection.fleetRow(name)
        }
        companions = file.companions
        // A fleet without its latest decisions could give out a turn or a number twice, so it starts again.
        database.guardLog {
            // The log may have held the tables too.
            try FleetTables.prepare($0, path: path)
            try $0.execute("DELETE FROM fleet")
        }
        guard let row else { return }
        if row.boot != start, file.wasInUse { throw FleetStoreError(otherClock: path, .unusable) }
        watermark.withLock { $0.move(to: row) }
    }

    /// Whether the path still leads to the file that was opened, with the same log and shared memory beside it.
    /// Processes with different logs would form two fleets.
    var isInPlace: Bool { file.isInPlace && file.companions == companions }

    /// Makes one decision about the fleet, in a transaction of SQLite.
    ///
    /// - Throws: ``FleetStoreError``: `away` while processes with another clock use the fleet; `SQLiteError`.
    func decide<Value>(
        _ connection: Connection,
        _ body: (inout FleetTransaction, Connection) throws -> Value
    ) throws -> (value: Value, isNews: Bool) {
        let isEntered = isEntered.load(ordering: .acquiring)
        var fleet = try FleetTransaction(connection, name: name, boot: start, at: clock()) {
            // The stored times have no meaning if they belong to another clock, so the fleet is reset. If two clocks
            // were in use, each process would again and again erase the fleet of the other.
            if isEntered, file.isInUse { throw FleetStoreError(otherClock: file.path, .away) }
        }
        let value = try body(&fleet, connection)
        let isNews = try fleet.store()
        self.isEntered.store(true, ordering: .releasing)
        return (value, isNews)
    }

    /// Starts to announce the changes of other processes.
    func watch(_ announce: @escaping @Sendable (FleetAnnouncement) -> Void) -> LogWatch? {
        LogWatch(file.logPath) { [weak self] in self?.postAnnouncements(announce) }
    }

    /// Lets the database's thread announce new changes soon.
    func postAnnouncements(_ announce: @escaping @Sendable (FleetAnnouncement) -> Void) {
        guard !isPostPending.exchange(true, ordering: .acquiringAndReleasing) else { return }
        database.post { [self] connection in
            isPostPending.store(false, ordering: .releasing)
            // An error means that the file is not available. The next operation reports that.
            for announcement in (try? announcements(connection)) ?? [] { announce(announcement) }
        }
    }

    private func announcements(_ connection: Connection) throws -> [FleetAnnouncement] {
        let version = try connection.integers("PRAGMA data_version").first ?? 0
        var mark = watermark.withLock(\.self)
        guard version != mark.dataVersion, let row = try connection.fleetRow(name) else { return [] }
        let tasks = try connection.tasks(changedAfter: mark.change, of: name)
        let now = clock()
        var announcements: [FleetAnnouncement] = []
        if mark.epoch != row.fleet.epoch { announcements.append(.gap) }
        for (taskId, task, _) in tasks {
            announcements += task.announcements(of: taskId, after: mark.number, epoch: row.fleet.epoch, at: now)
        }
        if row.pauseChange > mark.change { announcements += row.fleet.breaker.announcements(at: now) }
        mark.move(to: row)
        mark.dataVersion = version
        watermark.withLock { [mark] in $0 = mark }
        return announcements
    }
}

extension FleetTask {
    /// The announcements of a changed task, for a bridge that knows all readings up to this number.
    fileprivate func announcements(of taskId: TaskID, after number: Int64, epoch: UInt64, at now: Duration)
        -> [FleetAnnouncement]
    {
        var announcements: [FleetAnnouncement] = []
        if let reading, reading.value > number, let shared = reading.shared(of: taskId, epoch: epoch, at: now) {
            announcements.append(.reading(taskId, shared))
        }
        if let claim {
            announcements.append(.claimed(taskId, by: claim.bridge, for: claim.span.remaining(at: now)))
        } else if announcements.isEmpty {
            announcements.append(.freed(taskId))
        }
        return announcements
    }
}

extension FleetBreaker {
    fileprivate func announcements(at now: Duration) -> [FleetAnnouncement] {
        switch state {
        case .closed: [.resumed]
        case .open: pause(at: now).map { [.paused($0)] } ?? []
        case .halfOpen: []
        }
    }
}
