package import CoverModel

/// All watches and waits, and the decisions about them. It is a value without I/O. Its methods receive what happens and
/// when; its decisions come out of ``takeActions()``, in order.
///
/// A task is in the table only once, even if many callers want it. It has at most one query in flight.
package struct WatchTable: Sendable {
    /// A decision of the table, which the engine carries out outside the lock. The engine keeps the order of the
    /// decisions.
    package enum Action: Sendable {
        case emit(WatchEvent)
        case store(WatchRecord)
        case forget(taskId: TaskID)
        case dismiss(taskId: TaskID)
        case resume(WaiterID, Result<CoverStatus, any Error>)
        case release(barrier: UInt64)
        /// A task with a waiter has this state now.
        case seen(TaskID, CoverState)
    }

    /// A query to send.
    package struct Query: Sendable {
        package let id: UInt64
        package let taskId: TaskID
        /// Which reading of another bridge can replace the query.
        package let freshness: FleetFreshness
    }

    let configuration: WatchEngine.Configuration
    var tasks = Slab<WatchedTask>()
    private var index = TaskIndex()
    /// The next query of each task that was polled before, and the first query of each other task. There are two
    /// queues, so that a new watch need not wait for a whole round when there is too much to do.
    var repeatQueries = TimerHeap()
    var firstQueries = TimerHeap()
    var prefersFirst = true
    var deadlines = TimerHeap()
    var waiters = Slab<Waiter>()
    var waitDeadlines = TimerHeap()
    var barriers: [Barrier] = []
    /// The calls of `cover/watch` that are not answered yet.
    var unanswered: Set<UInt64> = []
    /// Those of `unanswered` whose answers wait for other answers.
    var postponed: Set<UInt64> = []
    var inFlight: [UInt64: Flight] = [:]
    /// Callers that query a task themselves.
    var directQueries: [TaskID: Set<UInt64>] = [:]
    /// Readings that are held back until the callers that share them are answered.
    var heldReadings: [HeldReading] = []
    /// The number of the newest reading of a caller by which the host was judged.
    var hostNumber: UInt64 = 0
    /// When the last query was sent.
    var lastStartAt: Duration?
    /// Until when the budget has no turn for a poll; nil if that is unknown.
    var deferredUntil: Duration?
    /// Whether queries are allowed at all.
    package var mayQuery = true
    var host: CircuitBreaker
    /// When the bridges of the fleet poll a task; nil if there is no fleet.
    var timing: FleetTiming?
    /// The health of the fleet's store while it does not answer; nil otherwise.
    var fleetHealth: Health?
    /// The callback URL of the newest status that has one.
    var lastCallbackUrl: String?
    var random: SplitMix64
    var counters = WatchStatistics()
    private(set) var lastSequence: Int64
    private var serial: UInt64 = 0
    private var actions: [Action] = []

    /// - Parameters:
    ///   - lastSequence: the number of the newest entry of the journal.
    ///   - records: the watches to restore.
    package init(
        configuration: WatchEngine.Configuration,
        lastSequence: Int64 = 0,
        records: [WatchRecord] = [],
        at moment: ClockReading,
        seed: UInt64
    ) {
        self.configuration = configuration
        self.lastSequence = lastSequence
        host = CircuitBreaker(maximumPause: configuration.maximumPause)
        random = SplitMix64(seed: seed)
        for record in records { restore(record, at: moment) }
    }

    /// The decisions since the last call, in order.
    package mutating func takeActions() -> [Action] {
        defer { actions.removeAll() }
        return actions
    }

    mutating func act(_ action: Action) { actions.append(action) }

    mutating func nextSerial() -> UInt64 {
        serial += 1
        return serial
    }

    /// Emits a change. The last status of the task must be the new one.
    mutating func announce(_ key: Int, previous: CoverState?) {
        guard let task = tasks[key], let status = task.last else { return }
        lastSequence += 1
        counters.changes += 1
        tasks[key]?.markSent()
        let change = StatusChange(
            sequence: lastSequence,
            taskId: task.taskId,
            previous: previous,
            status: status,
            final: status.final
        )
        act(.emit(.changed(change)))
    }

    /// Emits that a watch ended without a final status.
    mutating func announceEnd(_ key: Int, reason: String, error: CoverError?) {
        guard let task = tasks[key] else { return }
        lastSequence += 1
        counters.ended += 1
        act(.emit(.ended(WatchEnded(sequence: lastSequence, taskId: task.taskId, reason: reason, error: error))))
    }

    /// The key of a task; nil if the task is not in the table.
    func key(of taskId: TaskID) -> Int? { index.key(of: taskId, in: tasks) }

    /// Adds a task that is not in the table yet.
    mutating func insert(_ task: WatchedTask) -> Int {
        let key = tasks.insert(task)
        index.insert(key, of: task.taskId, in: tasks)
        return key
    }

    /// Removes a task and its timers. Its waiters must have been resumed.
    mutating func remove(_ key: Int) {
        guard let task = tasks[key] else { return }
        unschedule(key)
        deadlines.remove(key)
        index.remove(task.taskId, in: tasks)
        tasks.remove(key)
    }

    /// When the next query of a task is due; nil if none is scheduled.
    func queryDue(of key: Int) -> Duration? { firstQueries.due(of: key) ?? repeatQueries.due(of: key) }

    mutating func unschedule(_ key: Int) {
        firstQueries.remove(key)
        repeatQueries.remove(key)
    }

    private mutating func restore(_ record: WatchRecord, at moment: ClockReading) {
        // If the clock was set back since then, the times of the watch move with it. Otherwise the watch would have no
        // end until the clock reaches the old time.
        let lead = max(.zero, moment.wall.duration(to: record.startedAt))
        let startedAt = record.startedAt.advanced(by: .zero - lead)
        let age = startedAt.duration(to: moment.wall)
        var task = newTask(record.taskId, at: moment)
        task.startedAt = startedAt
        // A task that was visible before gets a new grace period, because the time when it was visible is not stored.
        if record.last == nil { task.graceEnd = moment.now + max(.zero, configuration.grace - age) }
        // The earlier process may have had other limits, and the file may have been changed.
        let range = configuration.intervals
        let interval = min(max(record.interval, range.lowerBound), range.upperBound)
        let deadline = record.deadline?.advanced(by: .zero - lead)
        var watching = Watching(Terms(interval: interval, deadline: deadline), since: moment.now)
        watching.hasBegun = true
        task.watching = watching
        task.last = record.last
        task.markSent()
        let key = insert(task)
        if lead > .zero, let keeping = task.keeping { act(keeping) }
        // The task was already finished. The earlier process answered `cover/watch`, and died before it emitted the
        // event.
        if record.last?.final == true { return emitFinal(key) }
        armDeadline(key, at: moment)
        repeatQueries.set(key, due: moment.now)
    }
}
