import CoverModel
import CoverWatch
import TestSupport

@testable import CoverFleet

/// Simulates the bridges. A query takes the same path as through ``FleetMember``, but without tasks and streams.
extension FleetWorld {
    func wake(_ index: Int) {
        guard bridges[index].wakeAt.map({ $0 <= now }) ?? false else { return }
        bridges[index].wakeAt = nil
        let wanted = bridges[index].table.wanted(at: moment)
        let turns = wanted > 0 ? bridges[index].budget.take(wanted, now: now) : nil
        for query in bridges[index].table.tick(at: moment, turns: turns) {
            bridges[index].ongoing[query.id] = SimulatedBridge.Ongoing(
                taskId: query.taskId,
                freshness: query.freshness,
                startedAt: now
            )
            ask(query.id, index)
        }
    }

    func call(_ index: Int, _ taskId: TaskID) {
        bridges[index].lastCall += 1
        let query = bridges[index].lastCall
        bridges[index].ongoing[query] = SimulatedBridge.Ongoing(
            taskId: taskId,
            freshness: .within(.zero),
            startedAt: now,
            isCall: true
        )
        ask(query, index)
    }

    func beat(_ index: Int) {
        guard bridges[index].beatAt <= now else { return }
        scheduleBeat(index, after: FleetLimits.heartbeat)
        let bridge = bridges[index].bridge
        do {
            let view = try fleet.see(bridge)
            invariants.seen(bridge.id, at: now)
            handle(bridges[index].membership.seen(view, at: now), index)
            if bridges[index].soundSince == nil, !isLossy { bridges[index].soundSince = now }
            while let claim = bridges[index].unfinished.popLast() { _ = finish(claim, .dropped, index) }
        } catch {
            lose(error, index)
        }
    }

    private func scheduleBeat(_ index: Int, after rest: Duration) {
        bridges[index].beatAt = now + rest
        agenda.add(.beat(index), at: now + rest)
    }

    private func ask(_ query: UInt64, _ index: Int) {
        guard let ongoing = bridges[index].ongoing[query] else { return }
        var outlook = bridges[index].membership.outlook(for: ongoing.taskId, at: now)
        if plan.sabotage == .pauseIgnored, index == 0, case .paused = outlook { outlook = .alone }
        switch outlook {
        // The membership holds the query until the store has answered for the first time.
        case .held: park(query, until: now + .milliseconds(10), index)
        case .alone: send(query, index)
        case .claimed: park(query, until: now + Membership.claimBelief, index)
        case .paused(let until, _): giveUp(query, until: until, index)
        case .free:
            bridges[index].ongoing[query]?.calledAt = now
            let (bridge, elapsed) = (bridges[index].bridge, now - ongoing.startedAt)
            let urgency: FleetUrgency = ongoing.isCall ? .interactive : .background
            do {
                let request = FleetRequest(ongoing.taskId, ongoing.freshness.asked(after: elapsed), urgency)
                let answer = try fleet.begin(request, by: bridge)
                invariants.seen(bridge.id, at: now)
                invariants.roundTrips += 1
                if let claim = answer.claim { invariants.granted(claim, to: bridge.id, at: now) }
                deliver()
                let isSlow = random.next() % 64 == 0
                agenda.add(
                    .reply(index, query, .answer(answer)),
                    at: now + random.microseconds(isSlow ? 10_000...60_000 : 100...1000)
                )
            } catch {
                agenda.add(.reply(index, query, .lost(error)), at: now + .milliseconds(300))
            }
        }
    }

    func take(_ reply: Reply, of query: UInt64, _ index: Int) {
        guard let ongoing = bridges[index].ongoing[query] else { return }
        switch reply {
        case .lost(let error):
            lose(error, index)
            ask(query, index)
        case .answer(.reading(let reading)):
            invariants.saved += 1
            complete(query, reading.asReading, index)
        case .answer(.turn(.go(let claim))):
            bridges[index].ongoing[query]?.claim = claim
            useSlot(of: query, index)
        case .answer(.turn(.wait(let wait))):
            let until = ongoing.calledAt + wait.delay
            switch wait.reason {
            case .claimed: park(query, until: until, index)
            case .budget, .trial: giveUp(query, until: until, index)
            case .paused(let cause):
                let pause = FleetPause(cause: cause, remaining: wait.delay)
                handle(bridges[index].membership.paused(pause, at: ongoing.calledAt), index)
                ask(query, index)
            }
        }
    }

    func useSlot(of query: UInt64, _ index: Int) {
        guard let ongoing = bridges[index].ongoing[query], let claim = ongoing.claim else { return }
        let slot = FleetSlot(claim, calledAt: ongoing.calledAt)
        let isPaused = bridges[index].membership.isPaused(at: now)
        var use = slot.use(at: now, &bridges[index].membership.tolerance)
        if use == .tooLate, plan.sabotage == .slotUsedLate { use = .now }
        switch use {
        case .at(let moment): agenda.add(.slot(index, query), at: moment)
        case .now where claim.isTrial || !isPaused: send(query, index)
        case .now, .tooLate:
            if use == .tooLate { invariants.gaveUp(index) }
            bridges[index].ongoing[query]?.claim = nil
            _ = finish(claim, .dropped, index)
            ask(query, index)
        }
    }

    private func send(_ query: UInt64, _ index: Int) {
        guard let ongoing = bridges[index].ongoing[query] else { return }
        bridges[index].lastNumber += 1
        let number = bridges[index].lastNumber
        bridges[index].ongoing[query]?.number = number
        let sound = bridges[index].soundSince
        let copies = plan.sabotage == .tokenNotSpent && ongoing.claim != nil ? 2 : 1
        for _ in 0..<copies {
            invariants.sent(ongoing.taskId, ongoing.claim, calledAt: ongoing.calledAt, by: index, sound: sound, at: now)
        }
        let result = api.answer(ongoing.taskId, at: now)
        let latency = random.milliseconds(random.next() % 32 == 0 ? 500...2500 : 20...200)
        agenda.add(.response(index, query, result), at: now + latency)
        if plan.trialKills, ongoing.claim?.isTrial == true {
            plan.trialKills = false
            meet(.death(index))
        }
    }

    func end(_ query: UInt64, with result: Result<CoverStatus, CoverError>, _ index: Int) {
        guard let ongoing = bridges[index].ongoing[query] else { return }
        var shared: SharedReading?
        if let claim = ongoing.claim {
            let isForgotten = plan.sabotage == .claimNotFreed && random.next() % 8 == 0
            let receipt = isForgotten ? FleetReceipt() : finish(claim, FleetOutcome(result), index)
            shared = receipt.number.map { SharedReading(number: $0) }
            if let pause = receipt.pause { handle(bridges[index].membership.paused(pause, at: now), index) }
            if receipt.number != nil, case .success(let status) = result {
                agenda.add(.verify(ongoing.taskId, status.state, since: now), at: now + .milliseconds(50))
            }
        }
        complete(query, Reading(number: ongoing.number, result, shared: shared), index)
    }

    private func finish(_ claim: FleetClaim, _ outcome: FleetOutcome, _ index: Int) -> FleetReceipt {
        let bridge = bridges[index].bridge
        do {
            let receipt = try fleet.finish(claim, outcome, by: bridge)
            invariants.seen(bridge.id, at: now)
            invariants.roundTrips += 1
            invariants.finished(claim, outcome, receipt, by: bridge.id, at: now)
            deliver()
            return receipt
        } catch {
            lose(error, index)
            bridges[index].unfinished.append(claim)
            return FleetReceipt()
        }
    }

    /// Ends a query that has got its reading.
    private func complete(_ query: UInt64, _ reading: Reading, _ index: Int) {
        guard let ongoing = bridges[index].ongoing.removeValue(forKey: query) else { return }
        bridges[index].parked[ongoing.taskId]?.remove(query)
        if ongoing.isCall {
            let waited = bridges[index].soundSince.map { $0 <= ongoing.startedAt } ?? false
            invariants.answered(after: now - ongoing.startedAt, isSound: waited, at: now)
            bridges[index].table.observe(ongoing.taskId, reading, at: moment)
        } else {
            bridges[index].table.reading(query, reading, at: moment)
        }
    }

    /// Defers a query. A query of a watch goes back to the table. A query of a call waits, or fails during a pause.
    private func giveUp(_ query: UInt64, until: Duration, _ index: Int) {
        guard let ongoing = bridges[index].ongoing[query] else { return }
        if ongoing.isCall {
            if bridges[index].membership.isPaused(at: now) {
                bridges[index].ongoing[query] = nil
            } else {
                agenda.add(.again(index, query), at: max(until, now))
            }
        } else {
            bridges[index].ongoing[query] = nil
            bridges[index].table.deferred(query, until: until, at: moment)
        }
    }

    private func park(_ query: UInt64, until: Duration, _ index: Int) {
        guard let taskId = bridges[index].ongoing[query]?.taskId else { return }
        bridges[index].parked[taskId, default: []].insert(query)
        agenda.add(.again(index, query), at: max(until, now))
    }

    func resume(_ query: UInt64, _ index: Int) {
        guard let ongoing = bridges[index].ongoing[query] else { return }
        let isParked = bridges[index].parked[ongoing.taskId]?.remove(query) != nil
        if isParked || ongoing.isCall && ongoing.claim == nil { ask(query, index) }
    }

    func handle(_ announcement: FleetAnnouncement, _ index: Int) {
        if case .reading = announcement { invariants.heard += 1 }
        handle(bridges[index].membership.handle(announcement, at: now), index)
        switch announcement {
        case .reading(let taskId, let reading):
            for query in takeParked(taskId, index) {
                guard let ongoing = bridges[index].ongoing[query] else { continue }
                if reading.does(for: ongoing.freshness) {
                    invariants.saved += 1
                    complete(query, reading.asReading, index)
                } else {
                    ask(query, index)
                }
            }
        case .freed(let taskId): for query in takeParked(taskId, index) { ask(query, index) }
        case .paused, .gap: askAll(index)
        case .claimed, .resumed: break
        }
    }

    private func takeParked(_ taskId: TaskID, _ index: Int) -> [UInt64] {
        (bridges[index].parked.removeValue(forKey: taskId) ?? []).sorted()
    }

    /// Makes all queries that wait for other bridges call the store again.
    private func askAll(_ index: Int) {
        for taskId in bridges[index].parked.keys.sorted() {
            for query in takeParked(taskId, index) { ask(query, index) }
        }
    }

    private func handle(_ events: [FleetEvent], _ index: Int) {
        for event in events {
            switch event {
            case .alone(let rate): bridges[index].budget = PollBudget(rate: rate, burst: 1)
            case .together: bridges[index].budget = PollBudget(rate: plan.rate, burst: plan.burst)
            default: break
            }
            bridges[index].table.handle(event, at: moment)
        }
    }

    /// Handles a store that did not answer. The queries that wait for other bridges then continue alone.
    private func lose(_ error: FleetStoreError, _ index: Int) {
        bridges[index].soundSince = nil
        handle(bridges[index].membership.lost(error, at: now), index)
        let retry = bridges[index].membership.retry
        if bridges[index].beatAt > now + retry { scheduleBeat(index, after: retry) }
        askAll(index)
    }
}

extension FleetReading {
    /// Whether this announced reading is enough for a query that waits for a reading.
    fileprivate func does(for freshness: FleetFreshness) -> Bool {
        switch freshness {
        case .newer(let seen, _): number.isNewer(than: seen)
        case .within: true
        case .own: false
        }
    }
}
