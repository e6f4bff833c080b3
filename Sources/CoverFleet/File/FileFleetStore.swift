import Dispatch
import SQLite
import Synchronization

/// A fleet in an SQLite file. The fleet serves the processes of one host and needs no server.
///
/// The file has a write-ahead log with `synchronous = OFF`. No fsync is needed, because a loss of the data only causes
/// repeated queries. Each process watches the log with inotify, to notice the announcements of other processes. Times
/// are those of the host's boot clock, which all processes of the host share.
package final class FileFleetStore: FleetStore {
    private struct State {
        var bridge: FleetBridge?
        var open: OpenFleetFile?
        var watch: LogWatch?
        var isClosed = false
        var prunedAt: Duration?
    }

    private static let pruning: Duration = .seconds(60)

    package let announcements: AsyncStream<FleetAnnouncement>
    private let sink: AsyncStream<FleetAnnouncement>.Continuation
    private let path: String
    private let name: String
    private let start: String
    private let patience: Duration
    private let clock: @Sendable () -> Duration
    /// Opens and closes files, one at a time, outside of the cooperative pool.
    private let opening = DispatchQueue(label: "fleet file")
    private let state = Mutex(State())

    /// Opens the file, or creates it. If another process has locked it, a later operation opens it.
    ///
    /// - Parameters:
    ///   - group: identifies the fleet. A file may have several fleets.
    ///   - patience: how long an operation may wait for its turn and for the lock of another process. Only tests set
    ///     this.
    ///   - start: identifies the start of the host that all times belong to. Nil means the start that the system
    ///     reports. Only tests set this.
    ///   - clock: the clock of the fleet. Only tests set this.
    /// - Throws: ``FleetStoreError``: `unusable`.
    package static func open(
        path: String,
        group: String,
        patience: Duration = FleetLimits.patience,
        start: String? = nil,
        clock: (@Sendable () -> Duration)? = nil
    ) async throws -> FileFleetStore {
        guard let start = start ?? BootClock.start() else { throw FleetStoreError(noStart: path) }
        let clock = clock ?? { BootClock.now() }
        let store = FileFleetStore(path: path, group: group, patience: patience, start: start, clock: clock)
        do { _ = try await store.opened() } catch let error as FleetStoreError where error.kind == .away {}
        return store
    }

    private init(
        path: String,
        group: String,
        patience: Duration,
        start: String,
        clock: @escaping @Sendable () -> Duration
    ) {
        self.path = path
        self.patience = patience
        self.clock = clock
        name = group
        self.start = start
        // If the buffer is full, the oldest announcement is dropped. This is allowed, because announcements may be
        // lost.
        (announcements, sink) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(100_000))
    }

    deinit { state.withLock { $0.watch?.cancel() } }

    package func join(_ bridge: FleetBridge) async throws -> FleetView {
        state.withLock { $0.bridge = bridge }
        return try await beat()
    }

    package func beat() async throws -> FleetView {
        let open = try await opened()
        let bridge = try joined()
        let isPruning = state.withLock { state in
            let now = clock()
            if let prunedAt = state.prunedAt, prunedAt <= now, now - prunedAt < Self.pruning { return false }
            state.prunedAt = now
            return true
        }
        let view = try await decide(in: open) { [name] fleet, connection in
            fleet.fleet.see(bridge, at: fleet.now)
            if isPruning { try connection.pruneTasks(of: name, at: fleet.now) }
            return fleet.fleet.view(at: fleet.now)
        }
        open.postAnnouncements { [sink] in sink.yield($0) }
        return view
    }

    package func leave() async throws {
        let bridge = try joined()
        try await decide { fleet, _ in fleet.fleet.leave(bridge.id, at: fleet.now) }
    }

    package func begin(_ request: FleetRequest) async throws -> FleetAnswer {
        let bridge = try joined()
        return try await decide { fleet, _ in
            let known = try fleet.task(request.taskId)
            var task = known
            let (answer, _) = fleet.fleet.begin(request, of: &task, by: bridge, at: fleet.now)
            try fleet.store(task, as: request.taskId, insteadOf: known)
            return answer
        }
    }

    package func take(_ urgency: FleetUrgency) async throws -> FleetTurn {
        let bridge = try joined()
        return try await decide { fleet, _ in fleet.fleet.take(urgency, by: bridge, at: fleet.now) }
    }

    package func finish(_ claim: FleetClaim, _ outcome: FleetOutcome) async throws -> FleetReceipt {
        let bridge = try joined()
        return try await decide { fleet, _ in
            let known = try claim.taskId.map(fleet.task)
            var task = known
            let (receipt, _) = fleet.fleet.finish(claim, outcome, of: &task, by: bridge, at: fleet.now)
            if let taskId = claim.taskId, let task, let known {
                try fleet.store(task, as: taskId, insteadOf: known)
            }
            return receipt
        }
    }

    package func overview(tasks: Int) async throws -> FleetOverview {
        try await run(in: opened()) { [name, clock, start] connection in
            guard var row = try connection.fleetRow(name), row.boot == start else {
                return FleetState(epoch: 0).overview([], at: clock())
            }
            row.fleet.members = try connection.members(of: name)
            return row.fleet.overview(try connection.latestTasks(tasks, of: name), at: clock())
        }
    }

    /// Writes to the file, because only a write shows that the disk is full.
    package func check() async throws {
        try await run(in: opened()) { connection in
            try connection.transaction { try connection.execute(FleetTables.mark) }
        }
    }

    package func close() async {
        let open = state.withLock { state in
            defer { (state.open, state.watch) = (nil, nil) }
            state.isClosed = true
            state.watch?.cancel()
            return state.open
        }
        sink.finish()
        await withCheckedContinuation { continuation in
            opening.async {
                open?.database.close()
                continuation.resume()
            }
        }
    }

    private func joined() throws(FleetStoreError) -> FleetBridge {
        guard let bridge = state.withLock(\.bridge) else { throw .notJoined }
        return bridge
    }

    /// Returns the open file, and opens the file first if it is not open.
    private func opened() async throws -> OpenFleetFile {
        let (open, isClosed) = state.withLock { ($0.open, $0.isClosed) }
        if isClosed { throw FleetStoreError(closed: path) }
        // Each operation checks that the file was not replaced. Otherwise bridges with the old file and bridges with
        // the new file would form two fleets.
        if let open {
            if open.isInPlace { return open }
            drop(open)
            sink.yield(.gap)
        }
        return try await withCheckedThrowingContinuation { continuation in
            opening.async { [self] in continuation.resume(with: Result { try reopen() }) }
        }
    }

    private func reopen() throws -> OpenFleetFile {
        if let open = state.withLock(\.open) { return open }
        do {
            let open = try OpenFleetFile(path: path, name: name, start: start, patience: patience, clock: clock)
            let watch = open.watch { [sink] in sink.yield($0) }
            state.withLock { ($0.open, $0.watch) = (open, watch) }
            return open
        } catch let error as SQLiteError {
            throw FleetStoreError(error, path: path)
        }
    }

    /// Drops the open file. The next operation opens the file again.
    private func drop(_ open: OpenFleetFile) {
        state.withLock { state in
            guard state.open === open else { return }
            state.watch?.cancel()
            (state.open, state.watch) = (nil, nil)
        }
    }

    private func decide<Value: Sendable>(
        _ body: @escaping @Sendable (inout FleetTransaction, Connection) throws -> Value
    ) async throws -> Value {
        try await decide(in: opened(), body)
    }

    private func decide<Value: Sendable>(
        in open: OpenFleetFile,
        _ body: @escaping @Sendable (inout FleetTransaction, Connection) throws -> Value
    ) async throws -> Value {
        try await run(in: open) { connection in
            let (value, isNews) = try connection.transaction { try open.decide(connection, body) }
            if isNews { LogWatch.ring(open.file.logPath) }
            return value
        }
    }

    private func run<Value: Sendable>(
        in open: OpenFleetFile,
        _ body: @escaping @Sendable (Connection) throws -> Value
    ) async throws -> Value {
        let called = ContinuousClock.now
        do {
            return try await open.database.run { [path, patience] connection in
                // This operation may have waited too long, because earlier operations in the queue waited for a lock.
                if called.duration(to: .now) > patience { throw FleetStoreError(slow: path) }
                return try body(connection)
            }
        } catch let error as SQLiteError {
            if error.cause != .busy { drop(open) }
            throw FleetStoreError(error, path: path)
        }
    }
}
