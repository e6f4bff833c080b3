import CoverModel
package import Jansson
import Synchronization

extension WatchEngine {
    /// Asks, commits and emits until it is cancelled. Can be called once. What was decided before is committed first.
    ///
    /// Queries under way are cancelled with it. Whoever still waits then, or comes later, gets `shuttingDown`. It returns once every
    /// receipt is started or taken back, and what was decided is in the journal: a caller with little time must not wait for it.
    ///
    /// - Parameter emit: is called with one event after another and the parameters of its notification, from one place.
    /// - Throws: `CancellationError`, or what the journal threw.
    package func run(emit: @escaping @Sendable (WatchEvent, EncodedJSON) -> Void) async throws {
        let (schedules, scheduling) = Self.makeWakes()
        let (drains, draining) = Self.makeWakes()
        try update { state in
            guard case .idle = state.phase else { throw CoverError.stopped }
            state.phase = .running
            (state.scheduling, state.draining) = (scheduling, draining)
        }
        var wakes = schedules.makeAsyncIterator()
        await withDiscardingTaskGroup { group in
            group.addTask { await self.drain(drains, emit) }
            while !Task.isCancelled, let (queries, wake) = await self.tick() {
                for query in queries {
                    group.addTask { await self.poll(query) }
                }
                await self.sleep(until: wake, or: &wakes, scheduling)
            }
            group.cancelAll()
        }
        let cause = stop(CancellationError())
        // A task of its own: this one is cancelled, and could wait for nothing.
        if cause is CancellationError { try await Task { try await commitRest() }.value }
        throw cause
    }

    /// What wakes a loop: at once, and whenever it is asked to. A wake while the loop works is kept, and several are one.
    private static func makeWakes() -> (wakes: AsyncStream<Void>, waker: AsyncStream<Void>.Continuation) {
        let (wakes, waker) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        waker.yield()
        return (wakes, waker)
    }

    /// Waits for a wake, for cancellation, or for a moment; nil: without one.
    private func sleep(
        until moment: Duration?,
        or wakes: inout AsyncStream<Void>.Iterator,
        _ waker: AsyncStream<Void>.Continuation
    ) async {
        guard let moment else {
            _ = await wakes.next(isolation: #isolation)
            return
        }
        guard timeline.now < moment else { return }
        await withDiscardingTaskGroup { group in
            group.addTask {
                do { try await self.timeline.sleep(until: moment) } catch { return }
                waker.yield()
            }
            _ = await wakes.next(isolation: #isolation)
            group.cancelAll()
        }
    }

    /// Commits what is left when the engine has stopped. Receipts that go now take their watches back.
    private func commitRest() async throws {
        let (wakes, waker) = Self.makeWakes()
        state.withLock { $0.draining = waker }
        for await _ in wakes {
            let (items, isLast) = state.withLock { state in
                defer { state.queue.removeAll() }
                return (state.queue, state.table.unanswered.isEmpty)
            }
            try await commit(items.map(\.encoded))
            if isLast { return }
        }
    }

    /// Does what is due, queries within the budget among it.
    /// - Returns: nil when the engine has stopped.
    private func tick() async -> (queries: [WatchTable.Query], wake: Duration?)? {
        let wanted = state.withLock { $0.table.wanted(at: timeline.moment) }
        let turns = wanted > 0 ? await source.turns(wanted) : nil
        let result: (queries: [WatchTable.Query], wake: Duration?)? = update { state in
            guard case .running = state.phase else { return nil }
            let queries = state.table.tick(at: timeline.moment, turns: turns)
            state.wake = state.table.nextWake
            return (queries, state.wake)
        }
        let unused = (turns?.granted ?? 0) - (result?.queries.count ?? 0)
        if unused > 0 { source.giveBack(unused) }
        return result
    }

    private func poll(_ query: WatchTable.Query) async {
        let reading: Reading
        do {
            reading = try await source.poll(query.taskId)
        } catch {
            if Task.isCancelled { return }
            let fault = error as? CoverError
            reading = Reading(
                number: 0,
                .failure(
                    fault ?? CoverError(.serverError, "The query failed in a way that nobody foresaw; it is repeated.")
                )
            )
        }
        update { $0.table.reading(query.id, reading, at: timeline.moment) }
    }

    private func drain(_ wakes: AsyncStream<Void>, _ emit: @Sendable (WatchEvent, EncodedJSON) -> Void) async {
        for await _ in wakes {
            let items = state.withLock { state in
                defer { state.queue.removeAll() }
                return state.queue
            }
            .map(\.encoded)
            do {
                try await commit(items)
            } catch {
                state.withLock { $0.queue = items + $0.queue }
                _ = stop(error)
                state.withLock(\.scheduling)?.yield()
                return
            }
            let due = state.withLock { state in
                state.committed += items
                guard state.mayEmit else { return [] as [Item] }
                defer { state.committed.removeAll() }
                return state.committed
            }
            for item in due { perform(item, emit) }
        }
    }

    private func commit(_ items: [Item]) async throws {
        let operations = items.compactMap(\.journalOperation)
        if !operations.isEmpty { try await journal.commit(operations) }
    }

    private func perform(_ item: Item, _ emit: @Sendable (WatchEvent, EncodedJSON) -> Void) {
        switch item {
        case .emission(let emission):
            emit(emission.event, emission.json)
            if let sequence = emission.event.sequence { state.withLock { $0.emittedSequence = sequence } }
        case .action(.resume(let waiter, let result)):
            state.withLock { $0.waiters.removeValue(forKey: waiter) }?.resume(with: result)
        case .action(.release(let barrier)):
            state.withLock { $0.barriers.removeValue(forKey: barrier) }?.resume()
        case .action(.seen(let taskId, let state)):
            let observers = self.state.withLock { $0.observers[taskId] ?? [:] }
            for observer in observers.values { observer.yield(state) }
        case .action(.store), .action(.forget), .action(.emit):
            break
        case .reached(let continuation):
            continuation.resume()
        }
    }

    /// Ends the engine, once, and tells everybody who waits.
    /// - Returns: the error that ended it.
    private func stop(_ error: any Error) -> any Error {
        let (cause, items, waiters, barriers) = state.withLock { state in
            if case .stopped = state.phase {} else { state.phase = .stopped(error) }
            let items = state.committed + state.queue
            defer {
                (state.committed, state.waiters, state.barriers) = ([], [:], [:])
                // Barriers in the queue are refused now.
                state.queue.removeAll { if case .reached = $0 { true } else { false } }
            }
            let cause = if case .stopped(let cause) = state.phase { cause } else { error }
            return (cause, items, state.waiters, state.barriers)
        }
        let answer = cause is CancellationError ? CoverError.stopped : cause
        for case .reached(let continuation) in items { continuation.resume(throwing: answer) }
        for continuation in waiters.values { continuation.resume(throwing: answer) }
        for continuation in barriers.values { continuation.resume(throwing: answer) }
        return cause
    }
}

extension CoverError {
    static let stopped = CoverError(.shuttingDown, "The bridge is shutting down.")
}

extension WatchEngine.Item {
    /// What is emitted is encoded here: outside the lock, and before anything is made of it.
    fileprivate var encoded: WatchEngine.Item {
        if case .action(.emit(let event)) = self { .emission(Emission(event)) } else { self }
    }

    /// What of this must be in the journal before anybody hears of it.
    fileprivate var journalOperation: JournalOperation? {
        switch self {
        case .emission(let emission): emission.entry.map(JournalOperation.append)
        case .action(.store(let record)): .store(record)
        case .action(.forget(let taskId)): .forget(taskId: taskId)
        case .action, .reached: nil
        }
    }
}
