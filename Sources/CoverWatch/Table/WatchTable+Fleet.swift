package import CoverModel

/// How a table handles the events of its bridge's fleet.
extension WatchTable {
    /// Handles an event of the fleet.
    package mutating func handle(_ event: FleetEvent, at moment: ClockReading) {
        switch event {
        case .reading(let taskId, let reading): handle(reading, of: taskId, at: moment)
        case .paused(let until, let isMaintenance):
            emitHealth { $0.host.pause(until: until, isMaintenance: isMaintenance, at: moment) }
        case .resumed:
            deferredUntil = nil
            emitHealth { $0.host.resume(at: moment) }
        case .timed(let timing): self.timing = timing
        case .alone: deferredUntil = nil
        case .degraded(let message): emitHealth { $0.fleetHealth = Health(state: .degraded, message: message) }
        case .together: emitHealth(good: .storeIsBack) { $0.fleetHealth = nil }
        }
    }

    /// Puts a deferred query back. The task keeps its place, and no other query is sent before the moment `until`.
    package mutating func deferred(_ id: UInt64, until: Duration, at moment: ClockReading) {
        guard let flight = inFlight.removeValue(forKey: id) else { return }
        host.abandoned(id)
        deferredUntil = max(deferredUntil ?? .zero, until)
        guard let task = tasks[flight.task], task.query == id else { return }
        tasks[flight.task]?.query = nil
        if task.sharedNumber == flight.sharedNumber {
            schedule(flight.task, at: flight.due)
        } else {
            // Another bridge has read the task in the meantime.
            scheduleAsKnown(flight.task, at: moment.now)
        }
    }

    private mutating func handle(_ reading: Reading, of taskId: TaskID, at moment: ClockReading) {
        guard let key = key(of: taskId) else { return }
        if savesQuery(reading, of: key, at: moment.now) { counters.saved += 1 }
        guard !hold(HeldReading(taskId: taskId, reading: reading)) else { return }
        apply(reading, to: taskId, at: moment)
    }

    /// Whether an announced reading replaces a query that was due about now. A bridge with a longer interval receives
    /// more readings than it needs, so not each of them saves a query.
    private func savesQuery(_ reading: Reading, of key: Int, at now: Duration) -> Bool {
        // If a query waits in the fleet, the fleet counts it as saved, so it is not counted here.
        guard let task = tasks[key], task.query == nil, reading.isNewer(than: task) else { return false }
        return task.checks == 0 || now - task.lastQueriedAt >= task.interval * 0.8
    }

    /// Records the number of an accepted reading, and what the fleet adds to it.
    mutating func note(_ reading: Reading, of key: Int, at moment: ClockReading) {
        guard let task = tasks[key] else { return }
        tasks[key]?.number = max(task.number, reading.number)
        guard let shared = reading.shared else { return }
        tasks[key]?.sharedNumber = shared.number
        tasks[key]?.lastQueriedAt = max(.zero, task.lastQueriedAt - shared.age)
        // The number in the reading includes this reading, which is counted later. So one is subtracted.
        tasks[key]?.faults = UInt8(clamping: max(Int(task.faults), shared.faults - 1))
        guard shared.failingFor > .zero else { return }
        // If the fleet has waited for the task long enough, all bridges of the fleet end their watches together.
        let left = configuration.grace - shared.failingFor - Self.sameGrace
        tasks[key]?.graceEnd = min(task.graceEnd, moment.now + left)
    }

    /// Schedules the next query after a query that found no change. A reading of the fleet may have scheduled it
    /// already, with a backoff after errors.
    mutating func scheduleAsKnown(_ key: Int, at now: Duration) {
        if let due = tasks[key]?.dueAfterQuery {
            schedule(key, at: max(now, due))
        } else {
            scheduleRegularly(key, at: now)
        }
    }

    /// The most by which the ends of a grace period may differ between bridges that began to watch together.
    private static let sameGrace: Duration = .seconds(2)

    /// - Parameter good: the health to emit if nothing is wrong after the change.
    private mutating func emitHealth(good: Health = .ok, of change: (inout WatchTable) -> Void) {
        let before = health
        change(&self)
        let health = health.state == .ok ? good : health
        // A store that is away may get another cause, which needs another step of the user.
        let hasNewCause = health.state == .degraded && health.message != before.message
        if health.state != before.state || hasNewCause { act(.emit(.healthChanged(health))) }
    }
}

extension Reading {
    /// Whether this reading is newer than the known ones. In a fleet, the order of its readings counts.
    func isNewer(than task: WatchedTask) -> Bool {
        if let shared { return shared.number.isNewer(than: task.sharedNumber) }
        return number == 0 || number > task.number
    }
}
