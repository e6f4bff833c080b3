import CoverModel
import SQLite

/// One decision about a fleet in a file, within a transaction of SQLite. The decision loads the data that it needs, and
/// stores the data that it changes.
struct FleetTransaction {
    private let connection: Connection
    private let name: String
    private let before: FleetRow?
    private var row: FleetRow
    /// The time of the decision on the boot clock: the moment at which the transaction got its lock.
    let now: Duration

    var fleet: FleetState {
        get { row.fleet }
        _modify { yield &row.fleet }
    }

    /// - Parameters:
    ///   - name: the name of the fleet.
    ///   - boot: identifies the start of the host. A fleet that belongs to another start is reset.
    ///   - mayReset: called before a fleet of another start is reset. This function throws an error if the fleet must
    ///     not be reset.
    init(
        _ connection: Connection,
        name: String,
        boot: String,
        at now: Duration,
        mayReset: () throws -> Void
    ) throws {
        self.connection = connection
        self.name = name
        self.now = now
        let known = try connection.fleetRow(name)
        if var known, known.boot == boot {
            known.fleet.members = try connection.members(of: name)
            (before, row) = (known, known)
        } else {
            if known != nil { try mayReset() }
            try connection.clear(name)
            row = FleetRow(boot: boot, fleet: FleetState(epoch: .random(in: 1 ... .max)))
            // The number of changes rises even if the fleet was reset. Other processes see from this number that
            // something changed.
            row.change = (known?.change ?? 0) + 1
            before = nil
        }
    }

    func task(_ taskId: TaskID) throws -> FleetTask { try connection.task(taskId, of: name) ?? FleetTask() }

    /// Stores a task that a decision changed.
    mutating func store(_ task: FleetTask, as taskId: TaskID, insteadOf known: FleetTask) throws {
        guard task != known else { return }
        row.change += 1
        try connection.store(task, as: taskId, of: name, change: row.change)
    }

    /// Stores the changes of the fleet as a whole. The caller does this last.
    ///
    /// - Returns: whether there is anything to announce.
    mutating func store() throws -> Bool {
        let (known, breaker) = (before?.fleet.breaker ?? FleetBreaker(), row.fleet.breaker)
        if known.generation != breaker.generation || known.isClosed != breaker.isClosed {
            row.change += 1
            row.pauseChange = row.change
        }
        let members = before?.fleet.members ?? [:]
        for (id, member) in row.fleet.members where members[id] != member { try connection.store(member, of: name) }
        for id in members.keys where row.fleet.members[id] == nil { try connection.remove(id, of: name) }
        if before != row { try connection.store(row, as: name) }
        return before?.change != row.change
    }
}
