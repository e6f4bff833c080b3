import CoverModel
package import Jansson
import Synchronization

extension WatchEngine {
    /// Polls, commits and emits until the task is cancelled. Call this method only once. Decisions made before the call
    /// are committed first.
    ///
    /// The cancellation also cancels the queries in flight. Callers that wait, and later callers, get `shuttingDown`.
    /// The method returns when every ``PendingWatch`` is activated or rolled back and every decision is in the journal.
    /// A caller with little time must not wait for that.
    ///
    /// - Parameter emit: called with each event and the parameters of its notification, one after the other.
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
        // A separate task commits the rest, because the current task is cancelled and cannot wait.
        if cause is CancellationError { try await Task { try await commitRest() }.value }
        throw cause
    }

    /// A stream that wakes a loop: once at the start, and after each `yield`. A wake that comes while the loop works is
    /// kept; several count as one.
    private static func makeWakes() -> (wakes: AsyncStream<Void>, waker: AsyncStream<Void>.Continuation) {
        let (wakes, waker) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        waker.yield()
        return (wakes, waker)
    }

    /// Sleeps until a wake or a cancellation comes, or until a moment. Nil means that there is no such moment.
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

    /// Commits what is left after the engine has stopped. A ``PendingWatch`` that is dropped now rolls its watches
    /// back.
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

    /// Does what is due, including queries within the budget.
    ///
    /// - Returns: nil if the engine has stopped.
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
            reading = try await source.poll(query.taskId, query.freshness)
        } catch let pause as QueriesPaused {
            // This poll has joined the query of a call.
            return update { $0.table.deferred(query.id, until: timeline.now + pause.remaining, at: timeline.moment) }
        } catch let deferral as FleetDeferral {
            return update { $0.table.deferred(query.id, until: deferral.until, at: timeline.moment) }
        } catch {
            if Task.isCancelled { return }
            let fault = error as? CoverError
            reading = Reading(
                number: 0,
                .failure(
                    fault ?? CoverError(.serverError, "The query failed for an unknown reason; it is repeated.")
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
        case .action(.store), .action(.forget), .action(.dismiss), .action(.emit):
            break
        case .reached(let continuation):
            continuation.resume()
        }
    }

    /// Ends the engine once, and resumes every waiting caller with the error.
    ///
    /// - Returns: the error that ended the engine.
    private func stop(_ error: any Error) -> any Error {
        let (cause, items, waiters, barriers) = state.withLock { state in
            if case .stopped = state.phase {} else { state.phase = .stopped(error) }
            let items = state.committed + state.queue
            defer {
                (state.committed, state.waiters, state.barriers) = ([], [:], [:])
                // Barriers that are still in the queue fail now.
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
    /// Encodes an event. This runs outside the lock, and before the event is committed.
    fileprivate var encoded: WatchEngine.Item {
        if case .action(.emit(let event)) = self { .emission(Emission(event)) } else { self }
    }

    /// What the journal must store before the event is emitted; nil if it stores nothing.
    fileprivate var journalOperation: JournalOperation? {
        switch self {
        case .emission(let emission): emission.entry.map(JournalOperation.append)
        case .action(.store(let record)): .store(record)
        case .action(.forget(let taskId)): .forget(taskId: taskId)
        case .action(.dismiss(let taskId)): .dismiss(taskId: taskId)
        case .action, .reached: nil
        }
    }
}
