package import CoverModel

extension WatchTable {
    /// Adds watches, or changes the terms of existing ones. Before ``activate(_:of:at:)`` nothing is emitted about them
    /// and new ones are not polled. The journal stores them with ``record(_:of:)``.
    ///
    /// - Parameters:
    ///   - isPersistent: whether the journal stores the watches.
    ///   - callNumber: a number from ``nextCallNumber()``.
    /// - Returns: the watches, once each, in the order of the call.
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
            let key = key(of: taskId) ?? insert(newTask(taskId, at: moment))
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
            // The deadline is removed while the call is unanswered, and set again afterwards.
            deadlines.remove(key)
            return watch(key, at: moment)
        }
    }

    package mutating func nextCallNumber() -> UInt64 {
        let callNumber = nextSerial()
        unanswered.insert(callNumber)
        return callNumber
    }

    /// Notes which tasks are final already. Their watches emit the final status when the call is activated.
    package mutating func noteFinals(_ finals: [TaskID: CoverStatus], _ callNumber: UInt64) {
        for (taskId, status) in finals {
            guard let key = key(of: taskId), let watching = tasks[key]?.watching, !watching.hasBegun,
                watching.belongs(to: callNumber)
            else { continue }
            tasks[key]?.last = status
            tasks[key]?.markSent()
        }
    }

    /// Begins the work on a call: the journal must store its watches before the answer.
    package mutating func record(_ callNumber: UInt64, of taskIds: [TaskID]) {
        for taskId in taskIds {
            guard let key = key(of: taskId), tasks[key]?.watching?.belongs(to: callNumber) == true else { continue }
            tasks[key]?.watching?.record(callNumber)
            if tasks[key]?.watching?.recorded?.isPersistent == true { keep(key) }
        }
    }

    /// Notes that the answer to a call waits for other answers: its watches are polled from now on. Only their events
    /// wait for the answer.
    package mutating func postpone(_ callNumber: UInt64, of taskIds: [TaskID], at moment: ClockReading) {
        guard unanswered.contains(callNumber) else { return }
        postponed.insert(callNumber)
        for taskId in taskIds {
            guard let key = key(of: taskId), let task = tasks[key], let watching = task.watching,
                watching.belongs(to: callNumber), !watching.hasBegun
            else { continue }
            tasks[key]?.watching?.hasBegun = true
            if task.last?.final == true {
                emitFinal(key)
            } else if task.query == nil, queryDue(of: key) == nil {
                schedule(key, at: watching.since)
            }
        }
        settleBarriers(at: moment.now)
    }

    /// Notes that a call is answered: its watches begin or continue.
    package mutating func activate(_ callNumber: UInt64, of taskIds: [TaskID], at moment: ClockReading) {
        unanswered.remove(callNumber)
        postponed.remove(callNumber)
        for taskId in taskIds {
            guard let key = key(of: taskId), tasks[key]?.watching?.belongs(to: callNumber) == true else { continue }
            tasks[key]?.watching?.settle(callNumber)
            release(key, at: moment)
        }
        settleBarriers(at: moment.now)
    }

    /// Undoes a call: what it created ends, and what it changed returns to its previous state.
    package mutating func rollback(_ callNumber: UInt64, of taskIds: [TaskID], at moment: ClockReading) {
        unanswered.remove(callNumber)
        postponed.remove(callNumber)
        for taskId in taskIds {
            guard let key = key(of: taskId), tasks[key]?.watching?.belongs(to: callNumber) == true else { continue }
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

    /// Ends watches because the peer asks for it. No event is emitted.
    ///
    /// - Returns: the tasks that were watched.
    package mutating func unwatch(_ taskIds: [TaskID], at now: Duration) -> [TaskID] {
        defer { settleBarriers(at: now) }
        return taskIds.filter { taskId in
            guard let key = key(of: taskId), tasks[key]?.isWatched == true else { return false }
            act(.forget(taskId: taskId))
            stopWatching(key, at: now)
            return true
        }
    }

    /// Notes that the user no longer wants to see the journal's entries of these tasks.
    package mutating func dismiss(_ taskIds: [TaskID]) { for taskId in taskIds { act(.dismiss(taskId: taskId)) } }

    /// The watches in the order in which they began.
    package func watches(at moment: ClockReading) -> [Watch] {
        let watched = tasks.keys.compactMap { key in tasks[key].map { (key, $0) } }.filter(\.1.isWatched)
        return watched.sorted { $0.1.serial < $1.1.serial }.compactMap { watch($0.0, at: moment) }
    }

    var watchedIds: [TaskID] {
        tasks.keys.compactMap { key in tasks[key].flatMap { $0.isWatched ? $0.taskId : nil } }
    }

    var watchCount: Int { tasks.keys.count { tasks[$0]?.isWatched == true } }

    /// The current state of a watch; nil if the task is not watched.
    func watch(_ taskId: TaskID, at moment: ClockReading) -> Watch? {
        guard let key = key(of: taskId), tasks[key]?.isWatched == true else { return nil }
        return watch(key, at: moment)
    }

    package func isWatched(_ taskId: TaskID) -> Bool {
        key(of: taskId).flatMap { tasks[$0]?.isWatched } ?? false
    }

    /// Ends a watch. Callers may still wait for its task, which is then polled at the default interval if
    /// that is shorter.
    mutating func stopWatching(_ key: Int, at now: Duration) {
        guard let task = tasks[key] else { return }
        deadlines.remove(key)
        guard !task.waiters.isEmpty else { return remove(key) }
        tasks[key]?.watching = nil
        tasks[key]?.clearSent()
        if configuration.defaultInterval < task.interval { retime(key, from: task.interval) }
        // A held watch may have no scheduled query.
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
        // The task is not polled before the call is answered, so that no change can overtake the answer.
        unschedule(key)
        tasks[key]?.watching = Watching(terms, since: moment.now)
        tasks[key]?.startedAt = moment.wall
        tasks[key]?.graceEnd = moment.now + configuration.grace
    }

    /// Continues or begins a watch once every call about it is answered, and emits what has happened in the meantime.
    private mutating func release(_ key: Int, at moment: ClockReading) {
        guard let task = tasks[key], let watching = task.watching, !watching.isHeld else { return }
        armDeadline(key, at: moment)
        tasks[key]?.watching?.hasBegun = true
        if task.last?.final == true { return emitFinal(key) }
        if watching.hasBegun, let last = task.last, StatusComparison(last, after: task.sent) == .changed {
            announce(key, previous: task.sent?.state)
        }
        if task.query == nil, !watching.hasBegun || queryDue(of: key) == nil {
            // The query counts as due since the call, so that a `sync` right behind the call waits for it.
            schedule(key, at: watching.hasBegun ? moment.now : watching.since)
        }
    }

    /// Moves the next query to the interval that now applies.
    private mutating func retime(_ key: Int, from before: Duration) {
        guard let task = tasks[key], task.interval != before, task.faults == 0, let due = repeatQueries.due(of: key)
        else { return }
        let regular = task.lastQueriedAt + task.interval
        // A query that is scheduled before its regular time has a reason to be early, so it keeps its time. A restored
        // watch has not been polled yet, and its query keeps its time too.
        let isRegular = task.checks > 0 && task.emptyPolls == 0 && due >= task.lastQueriedAt + before * 0.9
        if isRegular || regular < due { repeatQueries.set(key, due: regular) }
    }

    private mutating func keep(_ key: Int) {
        if let action = tasks[key]?.keeping { act(action) }
    }

    /// Converts the deadline, which is stored and shown as wall-clock time, to the monotonic clock.
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
