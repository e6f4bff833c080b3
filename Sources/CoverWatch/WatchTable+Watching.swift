package import CoverAPI

extension WatchTable {
    /// Takes watches up. Nothing of those that are new is told, and they are not asked about, before ``start(_:at:)``.
    ///
    /// - Parameters:
    ///   - isKept: whether the journal is to have them.
    ///   - receipt: a number of ``nextReceipt()``.
    /// - Returns: the watches, once each, in the order asked for.
    package mutating func watch(
        _ taskIds: [String],
        interval: Duration,
        timeout: Duration?,
        isKept: Bool = true,
        receipt: UInt64,
        at moment: Moment
    ) -> [Watch] {
        var seen: Set<String> = []
        return taskIds.filter { seen.insert($0).inserted }.compactMap { taskId in
            let key = keys[taskId] ?? insert(newTask(taskId, interval: interval, at: moment))
            if tasks[key]?.isWatched == true {
                renew(key, interval: interval)
            } else {
                begin(key, interval: interval, receipt: receipt, at: moment)
            }
            tasks[key]?.deadlineAt = timeout.map(moment.wall.advanced(by:))
            if tasks[key]?.receipt == nil { armDeadline(key, at: moment) }
            if isKept, let record = tasks[key]?.record { act(.store(record)) }
            return watch(key, at: moment)
        }
    }

    package mutating func nextReceipt() -> UInt64 { nextSerial() }

    /// Learns of tasks that are final; what the watches of this receipt are to tell is known then.
    package mutating func know(_ finals: [String: CoverStatus], _ receipt: UInt64, isKept: Bool = true) {
        for (taskId, status) in finals {
            guard let key = keys[taskId], tasks[key]?.receipt == receipt else { continue }
            tasks[key]?.last = status
            tasks[key]?.markSent()
            if isKept, let record = tasks[key]?.record { act(.store(record)) }
        }
    }

    /// Lets the watches of a receipt begin: what is final is told, the rest is asked about.
    package mutating func start(_ receipt: UInt64, of taskIds: [String], at moment: Moment) {
        for taskId in taskIds {
            guard let key = keys[taskId], let task = tasks[key], task.receipt == receipt else { continue }
            tasks[key]?.receipt = nil
            if task.last?.final == true {
                tellFinal(key)
            } else {
                armDeadline(key, at: moment)
                if task.probe == nil { schedule(key, at: moment.now) }
            }
        }
    }

    /// Takes the watches of a receipt back that was never started.
    package mutating func withdraw(_ receipt: UInt64, of taskIds: [String], at now: Duration) {
        let waiting = taskIds.filter { taskId in keys[taskId].map { tasks[$0]?.receipt == receipt } ?? false }
        _ = unwatch(waiting, at: now)
    }

    /// Ends watches at their watcher's wish, without a word of it.
    /// - Returns: those that were watched.
    package mutating func unwatch(_ taskIds: [String], at now: Duration) -> [String] {
        defer { settleBarriers(at: now) }
        return taskIds.filter { taskId in
            guard let key = keys[taskId], tasks[key]?.isWatched == true else { return false }
            act(.forget(taskId: taskId))
            stopWatching(key, at: now)
            return true
        }
    }

    /// The watches in the order in which they began.
    package func watches(at moment: Moment) -> [Watch] {
        let watched = tasks.keys.compactMap { key in tasks[key].map { (key, $0) } }.filter(\.1.isWatched)
        return watched.sorted { $0.1.serial < $1.1.serial }.compactMap { watch($0.0, at: moment) }
    }

    var watchedIds: [String] {
        tasks.keys.compactMap { key in tasks[key].flatMap { $0.isWatched ? $0.taskId : nil } }
    }

    var watchCount: Int { tasks.keys.count { tasks[$0]?.isWatched == true } }

    /// A watch as it stands; nil where the task is not watched.
    func watch(_ taskId: String, at moment: Moment) -> Watch? {
        guard let key = keys[taskId], tasks[key]?.isWatched == true else { return nil }
        return watch(key, at: moment)
    }

    package func isWatched(_ taskId: String) -> Bool {
        keys[taskId].flatMap { tasks[$0]?.isWatched } ?? false
    }

    /// What is no longer watched may still be waited for.
    mutating func stopWatching(_ key: Int, at now: Duration) {
        guard let task = tasks[key] else { return }
        deadlines.remove(key)
        guard !task.waiters.isEmpty else { return remove(key) }
        if task.receipt != nil, task.probe == nil { schedule(key, at: now) }
        tasks[key]?.isWatched = false
        tasks[key]?.deadlineAt = nil
        tasks[key]?.receipt = nil
        tasks[key]?.clearSent()
    }

    func newTask(_ taskId: String, interval: Duration, serial: UInt64, at moment: Moment) -> WatchedTask {
        WatchedTask(
            taskId: taskId,
            serial: serial,
            interval: interval,
            startedAt: moment.wall,
            graceEnd: moment.now + configuration.grace
        )
    }

    mutating func newTask(_ taskId: String, interval: Duration, at moment: Moment) -> WatchedTask {
        newTask(taskId, interval: interval, serial: nextSerial(), at: moment)
    }

    private mutating func begin(
        _ key: Int,
        interval: Duration,
        receipt: UInt64,
        at moment: Moment
    ) {
        // Not asked about before the receipt is started, lest a change overtake it.
        unschedule(key)
        tasks[key]?.isWatched = true
        tasks[key]?.interval = interval
        tasks[key]?.startedAt = moment.wall
        tasks[key]?.graceEnd = moment.now + configuration.grace
        tasks[key]?.receipt = receipt
    }

    private mutating func renew(_ key: Int, interval: Duration) {
        tasks[key]?.interval = interval
        guard let task = tasks[key], task.faults == 0, task.emptyLooks == 0, let due = repeatQueries.due(of: key)
        else { return }
        let sooner = task.lastAskedAt + interval
        if sooner < due { repeatQueries.set(key, due: sooner) }
    }

    /// Turns the deadline, which is told and kept by the wall clock, into one of the clock that never jumps.
    mutating func armDeadline(_ key: Int, at moment: Moment) {
        if let deadline = tasks[key]?.deadlineAt {
            deadlines.set(key, due: moment.now + moment.wall.duration(to: deadline))
        } else {
            deadlines.remove(key)
        }
    }

    private func watch(_ key: Int, at moment: Moment) -> Watch? {
        guard let task = tasks[key] else { return nil }
        let due = firstQueries.due(of: key) ?? repeatQueries.due(of: key)
        let next = due.map { max($0, host.pausedUntil ?? .zero) }
        return Watch(
            taskId: task.taskId,
            last: task.sent,
            interval: task.interval.inSeconds,
            startedAt: task.startedAt,
            checks: Int(task.checks),
            lastCheckedAt: task.lastCheckedAt,
            nextCheckAt: next.map(moment.wallTime(at:)),
            deadline: task.deadlineAt
        )
    }
}
