package import CoverModel
import Synchronization

/// The engine that watches tasks. It polls the source when a poll is due, and emits each change once, in order.
///
/// A ``WatchTable`` decides under a lock. Its decisions go into a queue under the same lock, which fixes their order.
/// One loop, started by ``run(emit:)``, drains the queue: it commits all pending entries to the journal in one
/// transaction, and then emits them. No other code commits. Queries and emissions can be held back, but commits and
/// deadlines cannot be held back. If the journal fails, nothing of that transaction is emitted and ``run(emit:)``
/// throws. The next process reads the tasks again and finds the same changes, so nothing is lost and the order stays.
package final class WatchEngine: Sendable {
    enum Phase {
        case idle, running
        case stopped(any Error)
    }

    /// A piece of work for the draining loop.
    enum Item {
        case action(WatchTable.Action)
        /// An action that emits, with its encoded event.
        case emission(Emission)
        /// Resumed when everything before it has been committed and emitted.
        case reached(CheckedContinuation<Void, any Error>)
    }

    struct State {
        var table: WatchTable
        var phase = Phase.idle
        /// Decisions in the order in which they were made.
        var queue: [Item] = []
        /// Items that are in the journal and not emitted yet.
        var committed: [Item] = []
        var mayEmit = true
        /// Wakes the scheduling loop; nil while it does not run.
        var scheduling: AsyncStream<Void>.Continuation?
        /// Wakes the draining loop; nil while it does not run.
        var draining: AsyncStream<Void>.Continuation?
        /// Until when the scheduling loop sleeps; nil means for ever.
        var wake: Duration?
        var waiters: [WaiterID: CheckedContinuation<CoverStatus, any Error>] = [:]
        var barriers: [UInt64: CheckedContinuation<Void, any Error>] = [:]
        var observers: [TaskID: [UInt64: AsyncStream<CoverState>.Continuation]] = [:]
        var lastObserver: UInt64 = 0
        /// The number of the last emitted entry.
        var emittedSequence: Int64

        /// The error for calls after the engine has stopped; nil before that.
        var refusal: (any Error)? {
            guard case .stopped(let error) = phase else { return nil }
            return error is CancellationError ? CoverError.stopped : error
        }

        /// Whether the scheduling loop sleeps too long, or sleeps towards a wake that is no longer needed.
        var sleepsWrongly: Bool {
            guard let needed = table.nextWake else { return wake != nil }
            return wake.map { needed < $0 } ?? true
        }
    }

    let source: any StatusSource
    let journal: any WatchJournal
    let timeline: Timeline
    let state: Mutex<State>

    /// Restores the watches of the journal. Polling begins with ``run(emit:)``.
    ///
    /// - Parameter seed: the seed of the jitter.
    /// - Throws: what the journal throws.
    package init(
        source: any StatusSource,
        journal: any WatchJournal,
        timeline: Timeline,
        configuration: Configuration = Configuration(),
        seed: UInt64 = .random(in: 0 ... .max)
    ) throws {
        self.source = source
        self.journal = journal
        self.timeline = timeline
        let lastSequence = journal.info.lastSequence
        var table = WatchTable(
            configuration: configuration,
            lastSequence: lastSequence,
            records: try journal.restore(),
            at: timeline.moment,
            seed: seed
        )
        let queue = table.takeActions().map(Item.action)
        state = Mutex(State(table: table, queue: queue, emittedSequence: lastSequence))
    }

    /// Holds all queries back until ``startQuerying()``, because there may be no key yet.
    package func holdQueries() { update { $0.table.mayQuery = false } }

    package func startQuerying() {
        update { state in
            state.table.mayQuery = true
            state.table.settleBarriers(at: timeline.now)
        }
    }

    /// Holds all events back until ``startEmitting()``, because the peer may not have sent a message yet.
    package func holdEmissions() { state.withLock { $0.mayEmit = false } }

    package func startEmitting() {
        let draining = state.withLock { state in
            state.mayEmit = true
            return state.draining
        }
        draining?.yield()
    }

    /// The watches in the order in which they began.
    package func watches() -> [Watch] {
        state.withLock { $0.table.watches(at: timeline.moment) }
    }

    /// The watches in the order of their ids' bytes. This order does not change while watches begin and end.
    ///
    /// - Parameters:
    ///   - taskId: the id after which the result begins. The task need not be watched. With nil, the result begins with
    ///     the first watch.
    ///   - limit: the largest number of watches; nil means all.
    package func watches(after taskId: TaskID?, limit: Int?) -> [Watch] {
        // Sorting happens outside the lock, because there may be very many watches.
        let taskIds = state.withLock(\.table.watchedIds)
            .filter { id in taskId.map { $0 < id } ?? true }
            .sorted()
            .prefix(limit ?? .max)
        return watches(of: Array(taskIds))
    }

    /// The watches of these tasks. Tasks that are not watched are left out.
    package func watches(of taskIds: [TaskID]) -> [Watch] {
        state.withLock { state in
            let moment = timeline.moment
            return taskIds.compactMap { state.table.watch($0, at: moment) }
        }
    }

    package func isWatched(_ taskId: TaskID) -> Bool { state.withLock { $0.table.isWatched(taskId) } }

    package var hasWatches: Bool { state.withLock { $0.table.watchCount > 0 } }

    package var statistics: WatchStatistics {
        state.withLock { $0.table.statistics(at: timeline.now) }
    }

    package var health: Health { state.withLock(\.table.health) }

    /// The entries of the journal after a sequence number, oldest first. An entry is here before it is emitted.
    package func changes(after sequence: Int64, limit: Int) async throws -> ChangePage {
        try await journal.changes(after: sequence, limit: limit)
    }

    /// The dismissed tasks; see ``WatchJournal/dismissals()``.
    package func dismissals() async throws -> [TaskID: Int64] { try await journal.dismissals() }

    /// Changes the state, queues the decisions of the table, and wakes the loops that need it.
    func update<T: Sendable>(_ body: (inout State) throws -> T) rethrows -> T {
        let (result, scheduling, draining) = try state.withLock { state in
            let result = try body(&state)
            state.queue += state.table.takeActions().map(Item.action)
            let hasWork = !state.queue.isEmpty || state.refusal != nil
            return (result, state.sleepsWrongly ? state.scheduling : nil, hasWork ? state.draining : nil)
        }
        scheduling?.yield()
        draining?.yield()
        return result
    }
}
