import CoverModel
import Synchronization

extension FleetMember {
    /// How a query goes on.
    enum Way: Sendable {
        /// Without the store, which does not answer.
        case alone
        case store
        /// Not yet: another bridge makes this query.
        case claimed
    }

    /// A query that may wait for what another bridge reads of a task.
    struct Listener: Sendable {
        let taskId: TaskID
        let number: Int
        /// The reading, or the end without one.
        let readings: AsyncStream<FleetReading>
    }

    /// How a query goes on now, once the store has answered for the first time.
    ///
    /// - Throws: ``CoverModel/FleetDeferral`` and ``CoverModel/FleetPaused`` in a pause.
    func way(to taskId: TaskID?, isUrgent: Bool) async throws -> Way {
        await firstAnswer()
        try Task.checkCancellation()
        let now = timeline.now
        switch state.withLock({ $0.membership.outlook(for: taskId, at: now) }) {
        case .joining, .alone: return .alone
        case .claimed: return .claimed
        case .free: return .store
        case .paused(let until, let isMaintenance):
            guard isUrgent else { throw FleetDeferral(until: until) }
            throw FleetPaused(isMaintenance: isMaintenance, for: until - now)
        }
    }

    /// Does what the store asks for: waits, or gives up for now.
    ///
    /// - Returns: the reading of another bridge, if one came meanwhile.
    /// - Throws: ``CoverModel/FleetDeferral`` where the query is not urgent.
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

    /// Waits for a moment, which counts as time that the query waited for the fleet.
    func sleep(until moment: Duration) async throws {
        let start = timeline.now
        defer { noteWait(since: start) }
        try await timeline.sleep(until: moment)
    }

    /// Waits for another bridge's reading of a task, for so long at the most.
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

    /// Returns once the store has answered a first time, or has not answered in time.
    private func firstAnswer() async {
        let (answers, waker) = AsyncStream.makeStream(of: Void.self)
        let isJoining = state.withLock { state in
            guard state.membership.state == .joining else { return false }
            state.arrivals.append(waker)
            return true
        }
        guard isJoining else { return }
        need.yield()
        for await _ in answers {}
    }

    private func noteWait(since start: Duration) {
        let waited = (timeline.now - start).inSeconds
        state.withLock { $0.statistics.waited += waited }
    }
}
