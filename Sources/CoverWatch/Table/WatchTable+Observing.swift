package import CoverModel

/// A reading that is held back until the callers of its query are answered.
struct HeldReading: Sendable {
    /// The query that made the reading; nil if a caller made it.
    var query: UInt64?
    let taskId: TaskID
    let reading: Reading
    /// The callers that are not answered yet.
    var waitsFor: Set<UInt64> = []
}

/// Readings that callers make count as polls of the watches.
extension WatchTable {
    /// Notes that a caller queries a task itself. What is read about the task is emitted after the caller is answered.
    package mutating func beginDirectQuery(of taskId: TaskID) -> UInt64 {
        let directQuery = nextSerial()
        directQueries[taskId, default: []].insert(directQuery)
        return directQuery
    }

    /// Notes that the caller is answered, or has gone.
    package mutating func endDirectQuery(_ directQuery: UInt64, of taskId: TaskID, at moment: ClockReading) {
        if var open = directQueries.removeValue(forKey: taskId) {
            open.remove(directQuery)
            if !open.isEmpty { directQueries[taskId] = open }
        }
        guard !heldReadings.isEmpty else { return }
        for index in heldReadings.indices { heldReadings[index].waitsFor.remove(directQuery) }
        let free = heldReadings.filter(\.waitsFor.isEmpty)
        heldReadings.removeAll(where: \.waitsFor.isEmpty)
        for held in free {
            if let query = held.query {
                land(query, held.reading, at: moment)
            } else {
                apply(held.reading, to: held.taskId, at: moment)
            }
        }
    }

    /// Handles a reading that a caller made: of a task, or of the host alone.
    package mutating func observe(_ taskId: TaskID?, _ reading: Reading, at moment: ClockReading) {
        guard reading.number > 0 || reading.shared != nil else { return }
        // A poll in flight shares the query, and gets the same reading.
        let isShared = taskId.flatMap { key(of: $0) }.map { tasks[$0]?.query != nil } ?? false
        if !isShared, reading.number > hostNumber {
            hostNumber = reading.number
            observeHost(0, reading.result.error, at: moment)
        }
        guard let taskId, key(of: taskId) != nil, !hold(HeldReading(taskId: taskId, reading: reading)) else { return }
        apply(reading, to: taskId, at: moment)
    }

    /// Holds a reading back while callers query its task.
    ///
    /// - Returns: whether it was held.
    mutating func hold(_ held: HeldReading) -> Bool {
        guard let open = directQueries[held.taskId], held.reading.result.error?.retryable != true else { return false }
        var held = held
        held.waitsFor = open
        heldReadings.append(held)
        return true
    }

    mutating func apply(_ reading: Reading, to taskId: TaskID, at moment: ClockReading) {
        guard let key = key(of: taskId), let task = tasks[key], reading.isNewer(than: task),
            concerns(reading, task, at: moment.now)
        else { return }
        tasks[key]?.checks += 1
        tasks[key]?.lastCheckedAt = moment.wall
        tasks[key]?.lastQueriedAt = moment.now
        note(reading, of: key, at: moment)
        take(reading.result, of: key, at: moment)
        settleBarriers(at: moment.now)
    }

    /// Whether a caller's reading changes the watch. Temporary faults, and results that must be polled several times,
    /// count only when the watch's own polls read them. Otherwise a caller that queries often would use up the allowed
    /// number of tries.
    private func concerns(_ reading: Reading, _ task: WatchedTask, at now: Duration) -> Bool {
        switch reading.result {
        case .success(let status):
            status.final || status.state != .succeeded || !status.images.isEmpty
                || task.emptyPolls >= configuration.emptyPolls
        // In a fleet, a fault counts for all bridges: the other bridges know about the fault only from this reading.
        case .failure where reading.shared != nil: true
        case .failure(let error):
            switch error.kind {
            case .taskNotFound: now >= task.graceEnd
            case .shuttingDown: false
            default: !error.retryable
            }
        }
    }
}
