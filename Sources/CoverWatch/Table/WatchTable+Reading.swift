package import CoverModel

extension WatchTable {
    /// Handles the reading of a query. Callers that share the query are answered first.
    package mutating func reading(_ id: UInt64, _ reading: Reading, at moment: ClockReading) {
        guard let flight = inFlight[id] else { return }
        counters.polls += 1
        if reading.result.error != nil { counters.faults += 1 }
        observeHost(id, reading.result.error, at: moment)
        if !directQueries.isEmpty, let taskId = tasks[flight.task]?.taskId, tasks[flight.task]?.query == id,
            hold(HeldReading(query: id, taskId: taskId, reading: reading))
        {
            return settleBarriers(at: moment.now)
        }
        land(id, reading, at: moment)
    }

    /// Ends a query with its reading. The reading is ignored if a newer one is known.
    mutating func land(_ id: UInt64, _ reading: Reading, at moment: ClockReading) {
        guard let flight = inFlight.removeValue(forKey: id) else { return }
        let key = flight.task
        if let task = tasks[key], task.query == id {
            tasks[key]?.query = nil
            tasks[key]?.checks += 1
            tasks[key]?.lastCheckedAt = moment.wall
            if reading.isNewer(than: task) {
                note(reading, of: key, at: moment)
                take(reading.result, of: key, at: moment)
            } else {
                scheduleAsKnown(key, at: moment.now)
            }
        }
        settleBarriers(at: moment.now)
    }

    mutating func take(_ result: Result<CoverStatus, CoverError>, of key: Int, at moment: ClockReading) {
        // Most readings have no error and follow a reading without an error. For them, nothing has to be stored.
        if result.error != nil || tasks[key]?.fault != nil { tasks[key]?.fault = result.error }
        switch result {
        case .success(let status): accept(status, of: key, at: moment)
        case .failure(let error): fail(error, of: key, at: moment)
        }
    }

    mutating func observeHost(_ id: UInt64, _ error: CoverError?, at moment: ClockReading) {
        let changed = host.observe(id, error, at: moment, random: &random)
        if let changed { act(.emit(.healthChanged(changed.state == .ok ? health : changed))) }
    }

    private mutating func accept(_ status: CoverStatus, of key: Int, at moment: ClockReading) {
        guard let task = tasks[key] else { return }
        tasks[key]?.faults = 0
        tasks[key]?.foreignRefusals = 0
        tasks[key]?.graceEnd = moment.now + configuration.grace
        if status.state == .succeeded, status.images.isEmpty, !status.final, task.emptyPolls < configuration.emptyPolls
        {
            tasks[key]?.emptyPolls += 1
            tasks[key]?.withheld = status.withoutRecord(as: task.taskId)
            return schedule(key, at: moment.now + .seconds(1 << Int(task.emptyPolls)))
        }
        if task.withheld != nil { tasks[key]?.withheld = nil }
        let comparison = StatusComparison(status, after: task.last)
        if comparison == .stale {
            counters.backwards += 1
        } else {
            let kept = sharingCallbackUrl(status.kept(as: task.taskId))
            tasks[key]?.last = kept
        }
        if !task.waiters.isEmpty, status.state != task.last?.state { act(.seen(task.taskId, status.state)) }
        if tasks[key]?.last?.final == true { return emitFinal(key) }
        if task.isWatched, !task.isHeld, comparison == .changed || task.sent == nil {
            announce(key, previous: task.sent?.state)
        }
        scheduleRegularly(key, at: moment.now)
    }

    /// The status, with the text of the previous callback URL if the two are equal. Nearly all orders of an account name
    /// the same URL, and each text would take memory of its own.
    private mutating func sharingCallbackUrl(_ status: CoverStatus) -> CoverStatus {
        guard let url = status.callbackUrl else { return status }
        guard let known = lastCallbackUrl, known.utf8.elementsEqual(url.utf8) else {
            lastCallbackUrl = url
            return status
        }
        var status = status
        status.callbackUrl = known
        return status
    }

    /// Emits a final status to watchers and waiters, and removes the task.
    mutating func emitFinal(_ key: Int) {
        guard let task = tasks[key], let status = task.last else { return }
        if task.isWatched, !task.isHeld { announce(key, previous: task.sent?.state) }
        resumeWaiters(of: key, with: .success(status))
        // A held task emits when it is released.
        if !task.isHeld { remove(key) }
    }

    private mutating func fail(_ error: CoverError, of key: Int, at moment: ClockReading) {
        guard let task = tasks[key] else { return }
        let consequence = error.consequence
        let refusals = consequence == .foreignRefusal ? min(task.foreignRefusals, 20) + 1 : 0
        tasks[key]?.foreignRefusals = refusals
        switch consequence {
        case .hostPauses:
            // The fault is the host's. This task is queried first after the pause.
            schedule(key, at: host.pausedUntil ?? moment.now)
        case .invisible:
            guard moment.now < task.graceEnd else { return end(key, error) }
            scheduleRegularly(key, at: moment.now, noLaterThan: task.graceEnd)
        case .endsWaits: giveUpWaiting(error, for: key, at: moment)
        case .foreignRefusal where refusals >= CoverError.mostForeignRefusals:
            end(key, error.afterForeignRefusals)
        case .tryAgain, .foreignRefusal: backOff(key, asked: error.retryAfter, at: moment.now)
        case .ends: end(key, error)
        }
    }

    /// Fails the waiting calls, because waiting does not help. A watch continues, because the obstacle may be the
    /// sign-in page of a network.
    private mutating func giveUpWaiting(_ error: CoverError, for key: Int, at moment: ClockReading) {
        guard let task = tasks[key] else { return }
        let error = error.about(task.taskId)
        resumeWaiters(of: key, with: .failure(error))
        if task.isWatched { scheduleRegularly(key, at: moment.now) } else { remove(key) }
    }

    private mutating func end(_ key: Int, _ error: CoverError) {
        guard let task = tasks[key] else { return }
        let error = error.about(task.taskId)
        resumeWaiters(of: key, with: .failure(error))
        // A held task is queried once more when it is released.
        guard !task.isHeld else { return }
        if task.isWatched { announceEnd(key, reason: error.kind.rawValue, error: error) }
        remove(key)
    }

    /// Schedules the next query one interval after the last query, plus or minus a tenth of the interval. So watches
    /// that began together drift apart.
    mutating func scheduleRegularly(_ key: Int, at now: Duration, noLaterThan latest: Duration? = nil) {
        guard let task = tasks[key], task.needsQueries else { return }
        let interval = task.interval * (0.9 + 0.2 * chance(for: task)) + letOthersFirst(task)
        // A fleet has no beat, because the exact moments decide which bridge polls.
        let due = timing == nil ? nearestBeat(to: task.lastQueriedAt + interval) : task.lastQueriedAt + interval
        schedule(key, at: max(now, min(due, latest ?? due)))
    }

    /// Schedules the next query with backoff and full jitter. The delay is at least a second. Once the pauses have
    /// grown to the interval, the delay is at least the interval. If the answer asked for a delay, the delay is at
    /// least that long, up to the longest pause.
    private mutating func backOff(_ key: Int, asked retryAfter: Double?, at now: Duration) {
        guard let task = tasks[key] else { return }
        tasks[key]?.faults = min(task.faults + 1, 20)
        let base = min(task.interval, .seconds(2))
        let ceiling = min(base * (1 << Int(task.faults)), max(configuration.maximumBackoff, task.interval))
        let floor = ceiling < task.interval ? .seconds(1) : task.interval * 0.9
        let asked = min(.seconds(max(retryAfter ?? 0, 0)), configuration.maximumPause)
        guard task.needsQueries else { return }
        schedule(key, at: now + max(floor, asked, ceiling * chance(for: task)) + letOthersFirst(task))
    }

    /// A number in 0..<1. All bridges of a fleet that have the same reading get the same number. With a number of its own, each bridge
    /// would choose another interval, and the shortest one would win: the fleet would poll too often.
    private mutating func chance(for task: WatchedTask) -> Double {
        guard let timing, let number = task.sharedNumber else { return Double.random(in: 0..<1, using: &random) }
        return timing.chance(task.taskId, number)
    }

    /// How long this bridge waits for another one of its fleet to poll.
    private func letOthersFirst(_ task: WatchedTask) -> Duration {
        guard let timing, task.sharedNumber != nil else { return .zero }
        return timing.delay(task.taskId)
    }
}

extension Result {
    var error: Failure? {
        if case .failure(let error) = self { error } else { nil }
    }
}
