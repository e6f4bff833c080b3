import CoverModel
import Synchronization

extension FleetMember {
    /// Takes part in the fleet until the task is cancelled. The caller runs this once.
    ///
    /// - Parameter open: opens the store of this bridge. If `open` throws, it is called again. After a
    ///   `FleetStoreError`, the next call comes one second later, because the store is not available. After another
    ///   error, the next call comes with the next query, because that query may bring the API key that names the fleet.
    package func run(open: @escaping @Sendable () async throws -> any FleetStore) async throws {
        let store = try await opened(open)
        try state.withLock { state in
            if state.hasLeft { throw CancellationError() }
            state.store = store
        }
        await withDiscardingTaskGroup { group in
            group.addTask { await self.beat(store) }
            group.addTask { await self.listen(to: store) }
        }
    }

    /// Leaves the fleet, so that no bridge waits for this one, and releases the store. This is called at the end of the
    /// process, which may end because the store is unusable. Waiting queries stay held until the process ends, because
    /// without the fleet they would ignore its budget.
    package func leave() async {
        let (opened, opening, hasJoined) = state.withLock { state in
            state.membership.leave()
            state.hasLeft = true
            return (state.store, state.opening, state.hasJoined)
        }
        // A file that is being created would be left half made.
        opening?.cancel()
        guard let store = if let opened { opened } else { try? await opening?.value } else { return }
        if hasJoined { try? await store.leave() }
        await store.close()
    }

    private func opened(_ open: @escaping @Sendable () async throws -> any FleetStore) async throws -> any FleetStore {
        var needs = needs.makeAsyncIterator()
        while true {
            try Task.checkCancellation()
            let opening = try state.withLock { state in
                if state.hasLeft { throw CancellationError() }
                let opening = Task { try await open() }
                state.opening = opening
                return opening
            }
            do {
                return try await withTaskCancellationHandler {
                    try await opening.value
                } onCancel: {
                    opening.cancel()
                }
            } catch let error as FleetStoreError {
                // The queries stay held. A bridge with an unusable store ends, and must not send queries alone before
                // it ends.
                if error.kind == .unusable { throw error }
                lose(error)
                try await timeline.sleep(for: FleetLimits.heartbeat)
            } catch {
                _ = await needs.next(isolation: #isolation)
            }
        }
    }

    private func beat(_ store: any FleetStore) async {
        let bridge = state.withLock(\.membership.bridge)
        while !Task.isCancelled {
            let now = timeline.now
            do {
                let view = try await state.withLock(\.hasJoined) ? store.beat() : store.join(bridge)
                state.withLock { $0.hasJoined = true }
                update { $0.seen(view, at: now) }
                try await endUnfinished(in: store)
            } catch {
                lose(error)
            }
            do { try await rest(since: now) } catch { return }
        }
    }

    /// Waits until the next heartbeat is due. If the bridge loses its store during the wait, the wait ends soon, so that
    /// the bridge does not stay alone for long after the store is back.
    private func rest(since beat: Duration) async throws {
        let rest = state.withLock { [timeline] state in
            guard state.membership.state == .present else { return nil as Task<Void, any Error>? }
            let rest = Task { try await timeline.sleep(until: max(beat + FleetLimits.heartbeat, timeline.now)) }
            state.rest = rest
            return rest
        }
        if let rest {
            let result = await withTaskCancellationHandler {
                await rest.result
            } onCancel: {
                rest.cancel()
            }
            if case .success = result { return }
            try Task.checkCancellation()
        }
        try await timeline.sleep(for: state.withLock(\.membership.retry))
    }

    /// Ends the claims that could not be ended while the store was away.
    private func endUnfinished(in store: any FleetStore) async throws {
        while let claim = state.withLock(\.unfinished.first) {
            _ = try await store.finish(claim, .dropped)
            state.withLock { $0.unfinished.removeAll { $0 == claim } }
        }
    }

    private func listen(to store: any FleetStore) async {
        for await announcement in store.announcements {
            let wakes: Wakes =
                switch announcement {
                case .reading(let taskId, let reading): .task(taskId, reading)
                case .freed(let taskId): .task(taskId, nil)
                case .gap, .paused: .all
                case .claimed, .resumed: .none
                }
            update(wakes: wakes) { $0.handle(announcement, at: timeline.now) }
        }
    }

    /// Handles that the store did not answer. Queries that wait for other bridges continue alone.
    func lose(_ error: any Error) {
        let error =
            error as? FleetStoreError
            ?? FleetStoreError(.away, "The store of the fleet failed for a reason that has no name yet.")
        update(wakes: .all) { $0.lost(error, at: timeline.now) }
        state.withLock(\.rest)?.cancel()
    }
}
