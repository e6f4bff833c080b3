package import CoverModel

/// All watches and waits, and what is to be done about them when. A value without I/O: it is told what happens and when, and
/// leaves what is to be done in ``takeActions()``, in order.
///
/// A task stands in it once, however many ask about it, and is asked about by one query at a time.
package struct WatchTable: Sendable {
    /// What the engine does outside the lock, in this order.
    package enum Action: Sendable {
        case emit(WatchEvent)
        case store(WatchRecord)
        case forget(taskId: TaskID)
        case resume(WaiterID, Result<CoverStatus, any Error>)
        case release(barrier: UInt64)
        /// A task that is waited for was seen in this state.
        case seen(TaskID, CoverState)
    }

    /// A query to be made.
    package struct Query: Sendable {
        package let id: UInt64
        package let taskId: TaskID
    }

    let configuration: WatchEngine.Configuration
    var tasks = Slab<WatchedTask>()
    var keys: [TaskID: Int] = [:]
    /// The next query of every task that has been asked about before, and the first of every other: two queues, so that a
    /// new watch need not wait for a full round when there is too much to do.
    var repeatQueries = TimerHeap()
    var firstQueries = TimerHeap()
    var prefersFirst = true
    var deadlines = TimerHeap()
    var waiters = Slab<Waiter>()
    var waitDeadlines = TimerHeap()
    var barriers: [Barrier] = []
    /// The calls of `cover/watch` that are not answered yet.
    var unanswered: Set<UInt64> = []
    var inFlight: [UInt64: Flight] = [:]
    /// Callers that ask about a task by themselves.
    var directQueries: [TaskID: Set<UInt64>] = [:]
    /// Readings that wait until the callers who share them are answered.
    var heldReadings: [HeldReading] = []
    /// The number of the newest reading that somebody else made and the host was judged by.
    var hostNumber: UInt64 = 0
    /// When a query last went out.
    var lastStartAt: Duration?
    /// Until when the budget has no turn for a look; nil where that is not known.
    var deferredUntil: Duration?
    /// Whether queries may be made at all.
    package var mayQuery = true
    var host: CircuitBreaker
    var random: SplitMix64
    var counters = WatchStatistics()
    private(set) var lastSequence: Int64
    private var serial: UInt64 = 0
    private var actions: [Action] = []

    /// - Parameters:
    ///   - lastSequence: the number of the journal's newest entry.
    ///   - records: the watches to take up again.
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

    /// What has been decided since the last call, in order.
    package mutating func takeActions() -> [Action] {
        defer { actions.removeAll() }
        return actions
    }

    mutating func act(_ action: Action) { actions.append(action) }

    mutating func nextSerial() -> UInt64 {
        serial += 1
        return serial
    }

    /// Tells of a change; the task's last status must be the new one.
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

    /// Tells that a watch is over without a final status.
    mutating func announceEnd(_ key: Int, reason: String, error: CoverError?) {
        guard let task = tasks[key] else { return }
        lastSequence += 1
        counters.ended += 1
        act(.emit(.ended(WatchEnded(sequence: lastSequence, taskId: task.taskId, reason: reason, error: error))))
    }

    /// Adds a task that nobody asked about yet.
    mutating func insert(_ task: WatchedTask) -> Int {
        let key = tasks.insert(task)
        keys[task.taskId] = key
        return key
    }

    /// Removes a task with all its timers. Its waiters must have been resumed.
    mutating func remove(_ key: Int) {
        guard let task = tasks[key] else { return }
        unschedule(key)
        deadlines.remove(key)
        keys[task.taskId] = nil
        tasks.remove(key)
    }

    /// When the next query about a task is due; nil where none is.
    func queryDue(of key: Int) -> Duration? { firstQueries.due(of: key) ?? repeatQueries.due(of: key) }

    mutating func unschedule(_ key: Int) {
        firstQueries.remove(key)
        repeatQueries.remove(key)
    }

    private mutating func restore(_ record: WatchRecord, at moment: ClockReading) {
        let age = max(.zero, record.startedAt.duration(to: moment.wall))
        var task = newTask(record.taskId, at: moment)
        task.startedAt = record.startedAt
        // What has been seen before has its grace anew: it was visible at a time that nobody remembers.
        if record.last == nil { task.graceEnd = moment.now + max(.zero, configuration.grace - age) }
        var watching = Watching(Terms(interval: record.interval, deadline: record.deadline), since: moment.now)
        watching.hasBegun = true
        task.watching = watching
        task.last = record.last
        task.markSent()
        let key = insert(task)
        // The process died between the promise to watch a finished task and the word of it.
        if record.last?.final == true { return emitFinal(key) }
        armDeadline(key, at: moment)
        repeatQueries.set(key, due: moment.now)
    }
}
