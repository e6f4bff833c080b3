package import CoverModel
import Synchronization

extension FleetMember {
    package func read(
        _ taskId: TaskID,
        _ freshness: FleetFreshness,
        isUrgent: Bool,
        query: @escaping @Sendable () async throws -> Result<CoverStatus, CoverError>
    ) async throws -> FleetResult {
        let start = timeline.now
        let budget = state.withLock(\.membership.budgets)
        while true {
            // The listener is created before the call of the store, so that the query misses no announcement.
            let listener = listen(to: taskId)
            defer { forget(listener) }
            switch try await way(to: taskId, isUrgent: isUrgent) {
            case .alone:
                try check(budget)
                return FleetResult(try await query(), shared: nil)
            case .claimed:
                let reading = try await wait(for: listener, until: timeline.now + Membership.claimBelief)
                if let reading, freshness.accepts(reading, after: timeline.now - start) { return taken(reading) }
                continue
            case .store: break
            }
            let now = timeline.now
            let request = FleetRequest(
                taskId,
                freshness.asked(after: now - start),
                isUrgent ? .interactive : .background
            )
            guard let answer = await attempt({ try await $0.begin(request) }) else { continue }
            switch answer {
            case .reading(let reading): return taken(reading)
            case .turn(.wait(let reason)):
                let reading = try await wait(reason, calledAt: now, isUrgent: isUrgent, listener)
                if let reading, freshness.accepts(reading, after: timeline.now - start) { return taken(reading) }
            case .turn(.go(let claim)):
                guard try await comes(claim, calledAt: now) else { continue }
                let (result, number) = try await use(claim, of: taskId, query) { FleetOutcome($0) }
                return FleetResult(result, shared: number.map { SharedReading(number: $0) })
            }
        }
    }

    package func ask<Value: Sendable>(
        isUrgent: Bool,
        query: @escaping @Sendable () async throws -> Value,
        throttling: @Sendable (Value) -> CoverError?
    ) async throws -> Value {
        let budget = state.withLock(\.membership.budgets)
        while true {
            guard try await way(to: nil, isUrgent: isUrgent) == .store else {
                try check(budget)
                return try await query()
            }
            let now = timeline.now
            let urgency: FleetUrgency = isUrgent ? .interactive : .background
            guard let turn = await attempt({ try await $0.take(urgency) }) else { continue }
            switch turn {
            case .wait(let wait):
                // This query belongs to the trial that ends the pause. If it waited for the trial, it would wait for
                // itself.
                let isOfTrial = wait.isForTrial && state.withLock { $0.ownTrials > 0 }
                _ = try await self.wait(wait, calledAt: now, isUrgent: isUrgent || isOfTrial, nil)
                if isOfTrial { return try await query() }
            case .go(let claim):
                guard try await comes(claim, calledAt: now) else { continue }
                return try await use(claim, query) { throttling($0).map { .throttled($0) } ?? .succeeded }.value
            }
        }
    }

    /// Throws if the budget of the bridge has changed since the query began. A bridge that continues alone may have
    /// many queries that waited for the store. If the bridge sent all of them at once, it would exceed its share.
    private func check(_ budget: Int) throws(FleetTurnVoid) {
        if state.withLock(\.membership.budgets) != budget { throw FleetTurnVoid() }
    }

    /// Returns another bridge's reading instead of a query.
    private func taken(_ reading: FleetReading) -> FleetResult {
        state.withLock { $0.statistics.queriesSaved += 1 }
        return FleetResult(reading.result, shared: reading.shared)
    }

    /// The answer of the store; nil if the store does not answer. In that case the bridge continues alone.
    private func attempt<Value: Sendable>(_ operation: (any FleetStore) async throws -> Value) async -> Value? {
        guard let store = state.withLock(\.store) else { return nil }
        do { return try await operation(store) } catch {
            lose(error)
            return nil
        }
    }

    /// Waits for a slot.
    /// - Returns: whether the query may be sent. Otherwise the bridge gives up the slot, because it is too late, or
    ///   because of a pause or a reset of the store.
    private func comes(_ claim: FleetClaim, calledAt: Duration) async throws -> Bool {
        let slot = FleetSlot(claim, calledAt: calledAt)
        let gaps = state.withLock(\.membership.gaps)
        while true {
            let now = timeline.now
            let (use, isVoid) = state.withLock { state in
                let membership = state.membership
                let isPaused = membership.isPaused(at: now) && !claim.isTrial || membership.hasLeft
                return (slot.use(at: now, &state.membership.tolerance), isPaused || state.membership.gaps != gaps)
            }
            switch use {
            case .at(let moment):
                do { try await sleep(until: moment) } catch {
                    await end(claim, .dropped)
                    throw error
                }
            case .now where !isVoid: return true
            case .now, .tooLate:
                await end(claim, .dropped)
                return false
            }
        }
    }

    /// - Parameter taskId: the task of the query; nil for a query that is not about a task's record.
    private func use<Value: Sendable>(
        _ claim: FleetClaim,
        of taskId: TaskID? = nil,
        _ query: @Sendable () async throws -> Value,
        outcome: (Value) -> FleetOutcome
    ) async throws -> (value: Value, number: ReadingNumber?) {
        if claim.isTrial { state.withLock { $0.ownTrials += 1 } }
        defer { if claim.isTrial { state.withLock { $0.ownTrials -= 1 } } }
        if let taskId { state.withLock { $0.membership.querying(taskId) } }
        var number: ReadingNumber?
        defer { if let taskId { update { $0.queried(taskId, number) } } }
        do {
            let value = try await query()
            number = await end(claim, outcome(value)).number
            return (value, number)
        } catch {
            await end(claim, error is CoverError ? .failed : .dropped)
            throw error
        }
    }

    /// Ends a claim, even if the task is cancelled. Otherwise another bridge would wait for the claim.
    @discardableResult
    private func end(_ claim: FleetClaim, _ outcome: FleetOutcome) async -> FleetReceipt {
        await Task { [self] in
            let now = timeline.now
            guard let receipt = await attempt({ try await $0.finish(claim, outcome) }) else {
                // The claim stays valid while this bridge runs. The bridge ends the claim when the store answers again.
                state.withLock { $0.unfinished.append(claim) }
                return FleetReceipt()
            }
            if receipt.number != nil { state.withLock { $0.statistics.readingsShared += 1 } }
            if let pause = receipt.pause { update(wakes: .all) { $0.paused(pause, at: now) } }
            return receipt
        }.value
    }
}

extension FleetFreshness {
    /// Whether an announced reading can replace the query of this call. `elapsed` is the time from the start of the
    /// call to the announcement.
    fileprivate func accepts(_ reading: FleetReading, after elapsed: Duration) -> Bool {
        switch self {
        case .newer(than: .some(let number), _): reading.number.isNewer(than: number) && !reading.isOutdatedError
        case .newer(than: nil, let age), .within(let age): reading.age <= (reading.isError ? elapsed : age + elapsed)
        case .own: false
        }
    }

    /// The freshness to request from the store. `elapsed` is the time since the call began.
    fileprivate func asked(after elapsed: Duration) -> FleetRequest.Freshness {
        switch self {
        case .newer(than: .some(let number), _): .newer(than: number)
        // The caller may have repeated the call because the cause of an error is gone. So an error from before the call
        // does not count.
        case .newer(than: nil, let age), .within(let age): .within(age + elapsed, orErrorWithin: elapsed)
        case .own: .within(.zero, orErrorWithin: .zero)
        }
    }
}

extension FleetWait {
    fileprivate var isForTrial: Bool { if case .trial = reason { true } else { false } }
}
