package import CoverModel

extension WatchTable {
    /// Waits until a task is final. A task that is not watched is polled at the default interval and emits no changes.
    package mutating func wait(for taskId: TaskID, timeout: Duration?, at moment: ClockReading) -> WaiterID {
        let key = key(of: taskId) ?? insert(newTask(taskId, at: moment))
        let serial = nextSerial()
        let waiter = waiters.insert(Waiter(serial: serial, task: key))
        tasks[key]?.waiters.append(waiter)
        if let timeout { waitDeadlines.set(waiter, due: moment.now + timeout) }
        if let task = tasks[key] {
            // A watch whose events are held back may already have its final status. Or its last query has failed, and
            // no further query is scheduled.
            if let last = task.last, last.final {
                resumeWaiters(of: key, with: .success(last))
            } else if task.needsQueries, task.query == nil, queryDue(of: key) == nil {
                schedule(key, at: moment.now)
            }
        }
        return WaiterID(key: waiter, serial: serial)
    }

    /// Removes a cancelled waiter, and its task if nothing else needs the task.
    package mutating func abandon(_ waiter: WaiterID, at now: Duration) {
        guard let entry = waiters[waiter.key], entry.serial == waiter.serial else { return }
        drop(waiter.key)
        settleBarriers(at: now)
    }

    mutating func timeOut(_ key: Int) {
        guard let waiter = waiters[key], let task = tasks[waiter.task] else { return }
        let timeout = WaitTimeout(taskId: task.taskId, last: task.withheld ?? task.last, fault: task.fault)
        act(.resume(WaiterID(key: key, serial: waiter.serial), .failure(timeout)))
        drop(key)
    }

    mutating func resumeWaiters(of key: Int, with result: Result<CoverStatus, any Error>) {
        for waiter in tasks[key]?.waiters ?? [] {
            guard let entry = waiters[waiter] else { continue }
            act(.resume(WaiterID(key: waiter, serial: entry.serial), result))
            waiters.remove(waiter)
            waitDeadlines.remove(waiter)
        }
        tasks[key]?.waiters = []
    }

    private mutating func drop(_ key: Int) {
        guard let waiter = waiters[key] else { return }
        waiters.remove(key)
        waitDeadlines.remove(key)
        tasks[waiter.task]?.waiters.removeAll { $0 == key }
        if let task = tasks[waiter.task], !task.isWatched, task.waiters.isEmpty { remove(waiter.task) }
    }
}
