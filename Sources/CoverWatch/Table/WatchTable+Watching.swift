package import CoverModel

extension WatchTable {
    /// Takes watches up, or gives those that stand other terms. Nothing of them is told before ``start(_:of:at:)``, new ones are not
    /// asked about, and the journal hears of them with ``record(_:of:)``.
    ///
    /// - Parameters:
    ///   - isPersistent: whether the journal is to have them.
    ///   - callNumber: a number of ``nextCallNumber()``.
    /// - Returns: the watches, once each, in the order asked for.
    package mutating func watch(
        _ taskIds: [TaskID],
        interval: Duration,
        timeout: Duration?,
        isPersistent: Bool = true,
        callNumber: UInt64,
        at moment: ClockReading
    ) -> [Watch] {
        var seen: Set<TaskID> = []
        return taskIds.filter { seen.insert($0).inserted }.compactMap { taskId in
            let key = keys[taskId] ?? insert(newTask(taskId, at: moment))
            let wasPersistent = tasks[key]?.watching?.terms.isPersistent ?? false
            let terms = Terms(
                interval: interval,
                deadline: timeout.map(moment.wall.advanced(by:)),
                isPersistent: isPersistent || wasPersistent,
                state: .pending(callNumber: callNumber, isRecorded: false)
            )
            if let before = tasks[key]?.watching?.terms.interval {
                tasks[key]?.watching?.renew(terms)
                retime(key, from: before)
            } else {
                begin(key, terms, at: moment)
            }
            // Held until the call is answered, and armed then.
            deadlines.remove(key)
            return watch(key, at: moment)
        }
    }

    package mutating func nextCallNumber() -> UInt64 {
        let callNumber = nextSerial()
        unanswered.insert(callNumber)
        return callNumber
    }

    /// Learns of tasks that are final; what the watches of this callNumber are to tell is known then.
    package mutating func noteFinals(_ finals: [TaskID: CoverStatus], _ callNumber: UInt64) {
        for (taskId, status) in finals {
            guard let key = keys[taskId], let watching = tasks[key]?.watching, !watching.hasBegun,
                watching.belongs(to: callNumber)
            else { continue }
            tasks[key]?.last = status
            tasks[key]?.markSent()
        }
    }

    /// The work on the call begins: the journal is to have its watches before it is answered.
    package mutating func record(_ callNumber: UInt64, of taskIds: [TaskID]) {
        for taskId in taskIds {
            guard let key = keys[taskId], tasks[key]?.watching?.belongs(to: callNumber) == true else { continue }
            tasks[key]?.watching?.record(callNumber)
            if tasks[key]?.watching?.recorded?.isPersistent == true { keep(key) }
        }
    }

    /// The call of a receipt is answered: its watches go on, or begin.
    package mutating func activate(_ callNumber: UInt64, of taskIds: [TaskID], at moment: ClockReading) {
        unanswered.remove(callNumber)
        for taskId in taskIds {
            guard let key = keys[taskId], tasks[key]?.watching?.belongs(to: callNumber) == true else { continue }
            tasks[key]?.watching?.settle(callNumber)
            release(key, at: moment)
        }
        settleBarriers(at: moment.now)
    }

    /// The call of a receipt is taken back: what it made ends, and what it changed is as it was before.
    package mutating func rollback(_ callNumber: UInt64, of taskIds: [TaskID], at moment: ClockReading) {
        unanswered.remove(callNumber)
        for taskId in taskIds {
            guard let key = keys[taskId], tasks[key]?.watching?.belongs(to: callNumber) == true else { continue }
            let before = tasks[key]?.interval
            if tasks[key]?.watching?.rollback(callNumber) == true {
                keep(key)
                if let before { retime(key, from: before) }
                release(key, at: moment)
            } else {
                act(.forget(taskId: taskId))
                stopWatching(key, at: moment.now)
            }
        }
        settleBarriers(at: moment.now)
    }

    /// Ends watches at their watcher's wish, without a word of it.
    /// - Returns: those that were watched.
    package mutating func unwatch(_ taskIds: [TaskID], at now: Duration) -> [TaskID] {
        defer { settleBarriers(at: now) }
        return taskIds.filter { taskId in
            guard let key = keys[taskId], tasks[key]?.isWatched == true else { return false }
            act(.forget(taskId: taskId))
            stopWatching(key, at: now)
            return true
        }
    }

    /// The watches in the order in which they began.
    package func watches(at moment: ClockReading) -> [Watch] {
        let watched = tasks.keys.compactMap { key in tasks[key].map { (key, $0) } }.filter(\.1.isWatched)
        return watched.sorted { $0.1.serial < $1.1.serial }.compactMap { watch($0.0, at: moment) }
    }

    var watchedIds: [TaskID] {
        tasks.keys.compactMap { key in tasks[key].flatMap { $0.isWatched ? $0.taskId : nil } }
    }

    var watchCount: Int { tasks.keys.count { tasks[$0]?.isWatched == true } }

    /// A watch as it stands; nil where the task is not watched.
    func watch(_ taskId: TaskID, at moment: ClockReading) -> Watch? {
        guard let key = keys[taskId], tasks[key]?.isWatched == true else { return nil }
        return watch(key, at: moment)
    }

    package func isWatched(_ taskId: TaskID) -> Bool {
        keys[taskId].flatMap { tasks[$0]?.isWatched } ?? false
    }

    /// What is no longer watched may still be waited for.
    mutating func stopWatching(_ key: Int, at now: Duration) {
        guard let task = tasks[key] else { return }
        deadlines.remove(key)
        guard !task.waiters.isEmpty else { return remove(key) }
        tasks[key]?.watching = nil
        tasks[key]?.clearSent()
        // A watch that was held may have had nothing scheduled.
        if task.query == nil, queryDue(of: key) == nil { schedule(key, at: now) }
    }

    mutating func newTask(_ taskId: TaskID, at moment: ClockReading) -> WatchedTask {
        WatchedTask(
            taskId: taskId,
            serial: nextSerial(),
            waitInterval: configuration.defaultInterval,
            startedAt: moment.wall,
            graceEnd: moment.now + configuration.grace
        )
    }

    private mutating func begin(_ key: Int, _ terms: Terms, at moment: ClockReading) {
        // Not asked about before the call is answered, lest a change overtake the answer.
        unschedule(key)
        tasks[key]?.watching = Watching(terms, since: moment.now)
        tasks[key]?.startedAt = moment.wall
        tasks[key]?.graceEnd = moment.now + configuration.grace
    }

    /// Lets a watch go on, or begin, once every call about it is answered, and tells what has happened meanwhile.
    private mutating func release(_ key: Int, at moment: ClockReading) {
        guard let task = tasks[key], let watching = task.watching, !watching.isHeld else { return }
        armDeadline(key, at: moment)
        tasks[key]?.watching?.hasBegun = true
        if task.last?.final == true { return emitFinal(key) }
        if watching.hasBegun, let last = task.last, StatusComparison(last, after: task.sent) == .changed {
            announce(key, previous: task.sent?.state)
        }
        if task.query == nil, !watching.hasBegun || queryDue(of: key) == nil {
            // Due since the call, so that a `sync` that came right behind the call waits for it.
            schedule(key, at: watching.hasBegun ? moment.now : watching.since)
        }
    }

    /// Has the next query come by the interval that is in force now.
    private mutating func retime(_ key: Int, from before: Duration) {
        guard let task = tasks[key], task.interval != before, task.faults == 0, let due = repeatQueries.due(of: key)
        else { return }
        let regular = task.lastQueriedAt + task.interval
        // A query that comes before its time has its reason, and a watch taken up again is yet to be asked about.
        let isRegular = task.checks > 0 && task.emptyPolls == 0 && due >= task.lastQueriedAt + before * 0.9
        if isRegular || regular < due { repeatQueries.set(key, due: regular) }
    }

    private mutating func keep(_ key: Int) {
        if let action = tasks[key]?.keeping { act(action) }
    }

    /// Turns the deadline, which is told and kept by the wall clock, into one of the clock that never jumps.
    mutating func armDeadline(_ key: Int, at moment: ClockReading) {
        if let deadline = tasks[key]?.watching?.terms.deadline {
            deadlines.set(key, due: moment.now + moment.wall.duration(to: deadline))
        } else {
            deadlines.remove(key)
        }
    }

    private func watch(_ key: Int, at moment: ClockReading) -> Watch? {
        guard let task = tasks[key] else { return nil }
        let next = queryDue(of: key).map { max($0, host.pausedUntil ?? .zero) }
        return Watch(
            taskId: task.taskId,
            last: task.sent,
            interval: task.interval.inSeconds,
            startedAt: task.startedAt,
            checks: Int(task.checks),
            lastCheckedAt: task.lastCheckedAt,
            nextCheckAt: next.map(moment.wallTime(at:)),
            deadline: task.watching?.terms.deadline
        )
    }
}
