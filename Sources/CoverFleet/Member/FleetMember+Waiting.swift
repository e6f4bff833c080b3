import CoverModel
import Synchronization

extension FleetMember {
    /// How a query continues.
    enum Way: Sendable {
        /// The query continues alone, because the store does not answer.
        case alone
        case store
        /// The query waits, because another bridge makes it.
        case claimed
    }

    /// A query that may wait for another bridge's reading of a task.
    struct Listener: Sendable {
        let taskId: TaskID
        let number: Int
        /// Yields the reading of another bridge. If the wait ends without a reading, the stream ends.
        let readings: AsyncStream<FleetReading>
    }

    /// Waits for the first answer of the store, and then decides how a query continues.
    ///
    /// - Throws: ``CoverModel/FleetDeferral`` and ``CoverModel/QueriesPaused`` in a pause.
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
                throw QueriesPaused(isMaintenance: isMaintenance, for: until - now)
            }
        }
    }

    /// Follows the store's request: waits, or gives the query up for now.
    ///
    /// - Returns: the reading of another bridge, if one was announced during the wait; otherwise nil.
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

    /// Returns after the first answer of the store, or when the time limit of that answer is over. If the bridge has
    /// left the fleet, this function returns only when the task is cancelled.
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
