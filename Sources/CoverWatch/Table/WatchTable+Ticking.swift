package import CoverModel

extension WatchTable {
    /// How many queries are due and allowed, if the budget has turns for them.
    package func wanted(at moment: ClockReading) -> Int {
        guard let at = nextQueryAt, at <= moment.now else { return 0 }
        let room = host.allowsOneQuery ? 1 : configuration.maximumInFlight - inFlight.count
        let first = firstQueries.count(due: moment.now, atMost: room)
        return first + repeatQueries.count(due: moment.now, atMost: room - first)
    }

    /// Does what is due: first deadlines, then as many queries as the turns and the host allow.
    ///
    /// - Parameter turns: the turns for the queries of ``wanted(at:)``; nil if none were wanted.
    package mutating func tick(at moment: ClockReading, turns: Turns?) -> [Query] {
        while let (key, _) = deadlines.popFirst(due: moment.now) { expire(key, at: moment.now) }
        while let (key, _) = waitDeadlines.popFirst(due: moment.now) { timeOut(key) }
        var queries: [Query] = []
        if let turns {
            while queries.count < turns.granted, let query = startQuery(at: moment) { queries.append(query) }
            deferredUntil = turns.deferredUntil
        }
        if !queries.isEmpty { lastStartAt = moment.now }
        settleBarriers(at: moment.now)
        return queries
    }

    /// When ``tick(at:)`` is needed again if nothing else happens; nil means never.
    package var nextWake: Duration? {
        earlier(
            earlier(deadlines.first?.due, waitDeadlines.first?.due),
            earlier(barriers.lazy.map(\.deadline).min(), nextStartAt)
        )
    }

    /// When to wake for the next query. Waking the process costs more than a query, so queries that become due soon after
    /// the last ones were sent are collected until the end of that beat. A query that was already due when the last ones
    /// were sent does not wait.
    private var nextStartAt: Duration? {
        guard let at = nextQueryAt, let lastStartAt, at > lastStartAt else { return nextQueryAt }
        // The bridges of a fleet have no common beat, because all of them would want to poll at the same moment.
        return max(at, timing == nil ? beat(after: lastStartAt) : lastStartAt + configuration.beat)
    }

    /// The next multiple of the configured beat after a moment.
    private func beat(after moment: Duration) -> Duration {
        let beat = max(configuration.beat.wholeMilliseconds, 1)
        return .milliseconds((moment.wholeMilliseconds / beat + 1) * beat)
    }

    /// The multiple of the configured beat that is nearest to a moment. Queries that are due at the same beat are sent
    /// together, and none of them is late.
    func nearestBeat(to moment: Duration) -> Duration { beat(after: moment - configuration.beat / 2) }

    /// When the next query may be sent; nil if no query is wanted, or if only a reading can decide.
    private var nextQueryAt: Duration? {
        guard mayQuery, inFlight.count < configuration.maximumInFlight, let due = earliestDue,
            let allowsQueriesFrom = host.allowsQueriesFrom
        else { return nil }
        return max(due, deferredUntil ?? .zero, allowsQueriesFrom)
    }

    var earliestDue: Duration? {
        earlier(firstQueries.first?.due, repeatQueries.first?.due)
    }

    private mutating func startQuery(at moment: ClockReading) -> Query? {
        guard let at = nextQueryAt, at <= moment.now, let (key, due) = popQuery(at: moment.now),
            let task = tasks[key]
        else { return nil }
        let id = nextSerial()
        host.started(id)
        inFlight[id] = Flight(task: key, due: due, sharedNumber: tasks[key]?.sharedNumber)
        tasks[key]?.query = id
        tasks[key]?.dueAfterQuery = nil
        tasks[key]?.lastQueriedAt = moment.now
        let freshness = FleetFreshness.newer(than: task.sharedNumber, orWithin: task.interval)
        return Query(id: id, taskId: task.taskId, freshness: freshness)
    }

    /// Takes the next due query. While first queries and repeated queries are both due, the two kinds alternate.
    private mutating func popQuery(at now: Duration) -> (key: Int, due: Duration)? {
        prefersFirst.toggle()
        return prefersFirst
            ? firstQueries.popFirst(due: now) ?? repeatQueries.popFirst(due: now)
            : repeatQueries.popFirst(due: now) ?? firstQueries.popFirst(due: now)
    }

    private mutating func expire(_ key: Int, at now: Duration) {
        // No poll will come that makes this success final, so the peer gets it as it is.
        if let withheld = tasks[key]?.withheld {
            let sent = tasks[key]?.sent
            tasks[key]?.last = withheld
            tasks[key]?.withheld = nil
            if StatusComparison(withheld, after: sent) == .changed { announce(key, previous: sent?.state) }
        }
        let fault = tasks[key].flatMap { $0.fault?.about($0.taskId) }
        announceEnd(key, reason: WatchEnded.timeout, error: fault)
        stopWatching(key, at: now)
    }

    /// Sets the next query of a task. If a query is in flight, its reading does this instead.
    mutating func schedule(_ key: Int, at due: Duration) {
        guard let task = tasks[key] else { return }
        guard task.query == nil else {
            if timing != nil { tasks[key]?.dueAfterQuery = due }
            return
        }
        if task.checks == 0 {
            firstQueries.set(key, due: due)
        } else {
            unschedule(key)
            repeatQueries.set(key, due: due)
        }
    }

    /// Adds a barrier. It is released when everything that is due now has been queried and answered, or after the
    /// longest wait. The first polls of watches whose call is not answered yet count as due. Queries delayed by a pause
    /// of the host, or by a missing key, do not count, because their time has not come.
    package mutating func addBarrier(at moment: ClockReading) -> UInt64 {
        let barrier = Barrier(
            id: nextSerial(),
            moment: moment.now,
            deadline: moment.now + configuration.maximumSync
        )
        barriers.append(barrier)
        return barrier.id
    }

    mutating func settleBarriers(at now: Duration) {
        guard let first = barriers.first else { return }
        // If the first barrier waits for a query, all later barriers wait for it too. The search ends at the first such
        // query, while the minimum below reads all queries. This runs at every change.
        let isWaiting = inFlight.values.contains { $0.due <= first.moment }
        if isWaiting, barriers.allSatisfy({ now < $0.deadline }) { return }
        let slowest = inFlight.values.lazy.map(\.due).min()
        let waiting = (mayQuery ? earliestDue : nil).map { max($0, host.pausedUntil ?? .zero) }
        let oldest = earlier(slowest, waiting)
        let oldestCall = unanswered.subtracting(postponed).min()
        let isOpen = { (barrier: Barrier) in
            guard now < barrier.deadline else { return false }
            if let oldestCall, oldestCall < barrier.id { return true }
            return oldest.map { $0 <= barrier.moment } ?? false
        }
        for barrier in barriers where !isOpen(barrier) { act(.release(barrier: barrier.id)) }
        barriers = barriers.filter(isOpen)
    }

    package func statistics(at now: Duration) -> WatchStatistics {
        var statistics = counters
        statistics.watches = watchCount
        statistics.waiters = waiters.count
        statistics.timers = firstQueries.count + repeatQueries.count + deadlines.count + waitDeadlines.count
        statistics.inFlight = inFlight.count
        statistics.lag = earliestDue.map { max(0, (now - max($0, host.pausedUntil ?? .zero)).inSeconds) } ?? 0
        statistics.health = health
        return statistics
    }

    /// The health of the API's host, or if that is good, the health of the fleet's store.
    package var health: Health { host.health.state == .ok ? fleetHealth ?? .ok : host.health }
}

/// The earlier of two moments; nil means never. It uses no array, because it runs at every change under the lock.
private func earlier(_ one: Duration?, _ other: Duration?) -> Duration? {
    guard let one, let other else { return one ?? other }
    return min(one, other)
}
