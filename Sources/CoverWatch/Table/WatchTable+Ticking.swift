package import CoverModel

extension WatchTable {
    /// How many queries are due and may be made, if the budget has turns for them.
    package func wanted(at moment: ClockReading) -> Int {
        guard let at = nextQueryAt, at <= moment.now else { return 0 }
        let room = host.allowsOneQuery ? 1 : configuration.maximumInFlight - inFlight.count
        let first = firstQueries.count(due: moment.now, atMost: room)
        return first + repeatQueries.count(due: moment.now, atMost: room - first)
    }

    /// Does what is due: deadlines first, then queries as far as the turns go and the host allows.
    ///
    /// - Parameter turns: what the budget has for the queries ``wanted(at:)``; nil where none were wanted.
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

    /// When ``tick(at:)`` has something to do again, if nothing else happens; nil: never.
    package var nextWake: Duration? {
        earlier(
            earlier(deadlines.first?.due, waitDeadlines.first?.due),
            earlier(barriers.lazy.map(\.deadline).min(), nextStartAt)
        )
    }

    /// When to wake for the next query. Where they come thick they are gathered, for what wakes the process up costs more than a
    /// query; one that has been held up goes at once.
    private var nextStartAt: Duration? {
        guard let at = nextQueryAt, let lastStartAt, at > lastStartAt else { return nextQueryAt }
        return max(at, lastStartAt + configuration.gathering)
    }

    /// When the next query may go; nil while none is wanted, or only a reading can tell.
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
            let taskId = tasks[key]?.taskId
        else { return nil }
        let id = nextSerial()
        host.started(id)
        inFlight[id] = Flight(task: key, due: due)
        tasks[key]?.query = id
        tasks[key]?.lastQueriedAt = moment.now
        return Query(id: id, taskId: taskId)
    }

    /// First queries and repeated ones take turns while there are both.
    private mutating func popQuery(at now: Duration) -> (key: Int, due: Duration)? {
        prefersFirst.toggle()
        return prefersFirst
            ? firstQueries.popFirst(due: now) ?? repeatQueries.popFirst(due: now)
            : repeatQueries.popFirst(due: now) ?? firstQueries.popFirst(due: now)
    }

    private mutating func expire(_ key: Int, at now: Duration) {
        announceEnd(key, reason: "timeout", error: nil)
        stopWatching(key, at: now)
    }

    /// Sets the next query of a task, unless one is under way, whose reading does that.
    mutating func schedule(_ key: Int, at due: Duration) {
        guard let task = tasks[key], task.query == nil else { return }
        if task.checks == 0 {
            firstQueries.set(key, due: due)
        } else {
            unschedule(key)
            repeatQueries.set(key, due: due)
        }
    }

    /// A barrier that is released once everything due now has been asked about and answered, or told to be waited for no longer.
    /// The first looks of watches whose call is not answered yet are due now.
    /// Queries held up by a pause of the host, or for want of a key, do not count: their time has not come.
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
        guard !barriers.isEmpty else { return }
        let slowest = inFlight.values.lazy.map(\.due).min()
        let waiting = (mayQuery ? earliestDue : nil).map { max($0, host.pausedUntil ?? .zero) }
        let oldest = earlier(slowest, waiting)
        let oldestCall = unanswered.min()
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
        statistics.health = host.health
        return statistics
    }

    package var health: Health { host.health }
}

/// The earlier of two moments; nil stands for never. Without an array: it is asked for at every change, under the lock.
private func earlier(_ one: Duration?, _ other: Duration?) -> Duration? {
    guard let one, let other else { return one ?? other }
    return min(one, other)
}
