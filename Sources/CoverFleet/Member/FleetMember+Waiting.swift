import CoverModel
import Synchronization

extension FleetMember {
    /// How a query continues.
    enum Way: Sendable {
        /// Alone, because the store does not answer.
        case alone
        case store
        /// Later, because another bridge makes this query.
        case claimed
    }

    /// A query that may wait for another bridge's reading of a task.
    struct Listener: Sendable {
        let taskId: TaskID
        let number: Int
        /// The reading, or the end of the wait without one.
        let readings: AsyncStream<FleetReading>
    }

    /// How a query continues now, after the first answer of the store.
    ///
    /// - Throws: ``CoverModel/FleetDeferral`` and ``CoverModel/FleetPaused`` in a pause.
    func way(to taskId: TaskID?, isUrgent: Bool) async throws -> Way {
        while true {
            await release()
            try Task.checkCancellation()
            let now = timeline.now
            switch state.withLock({ $0.membership.outlook(for: taskId, at: now) }) {
            case .held: continue
            case .alone: return .alone
            case .claimed: return .claimed
            case .free: return .store
            case .paused(let until, let isMaintenance):
                guard isUrgent else { throw FleetDeferral(until: until) }
                throw FleetPaused(isMaintenance: isMaintenance, for: until - now)
            }
        }
    }

    /// Does what the store requests: waits, or gives up for now.
    ///
    /// - Returns: the reading of another bridge, if one came meanwhile.
    /// - Throws: ``CoverModel/FleetDeferral`` if the query is not urgent.
    func wait(
        _ wait: FleetWait,
        calledAt: Duration,
        isUrgent: Bool,
        _ listener: Listener?
    ) async throws -> FleetReading? {
        let until = calledAt + wait.delay
        switch wait.reason {
        case .claimed:
            if let listener { return try await self.wait(for: listener, until: until) }
        case .budget, .trial:
            guard isUrgent else { throw FleetDeferral(until: until) }
            try await sleep(until: until)
        case .paused(let cause):
            update { $0.paused(FleetPause(cause: cause, remaining: wait.delay), at: calledAt) }
        }
        return nil
    }

    /// Waits until a moment. The wait counts as time that the query waited for the fleet.
    func sleep(until moment: Duration) async throws {
        let start = timeline.now
        defer { noteWait(since: start) }
        try await timeline.sleep(until: moment)
    }

    /// Waits for another bridge's reading of a task, up to a limit.
    func wait(for listener: Listener, until moment: Duration) async throws -> FleetReading? {
        let start = timeline.now
        defer { noteWait(since: start) }
        let reading = try await timeline.within(max(.zero, moment - start)) {
            for await reading in listener.readings { return Optional(reading) }
            return nil
        }
        return reading ?? nil
    }

    func listen(to taskId: TaskID) -> Listener {
        let (readings, sink) = AsyncStream.makeStream(of: FleetReading.self)
        return state.withLock { state in
            state.lastListener += 1
            state.listeners[taskId, default: [:]][state.lastListener] = sink
            return Listener(taskId: taskId, number: state.lastListener, readings: readings)
        }
    }

    func forget(_ listener: Listener) {
        state.withLock { state in
            state.listeners[listener.taskId]?[listener.number] = nil
            if state.listeners[listener.taskId]?.isEmpty == true { state.listeners[listener.taskId] = nil }
        }
    }

    /// Returns after the first answer of the store, or after its time limit. It does not return once the bridge has left, except in a
    /// cancelled task.
    private func release() async {
        let (answers, waker) = AsyncStream.makeStream(of: Void.self)
        let isHeld = state.withLock { state in
            guard state.membership.holdsQueries else { return false }
            state.arrivals.append(waker)
            return true
        }
        guard isHeld else { return }
        need.yield()
        for await _ in answers {}
    }

    private func noteWait(since start: Duration) {
        let waited = (timeline.now - start).inSeconds
        state.withLock { $0.statistics.waited += waited }
    }
}
