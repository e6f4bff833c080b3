package import CoverModel
import Synchronization

/// Follows tasks: asks the source when it is time, and tells what has changed, in order and once.
///
/// A ``WatchTable`` decides under a lock; what it decides goes into a queue, still under the lock, which fixes the order. One
/// loop drains the queue, from the start of ``run(emit:)`` on: it commits what must be kept to the journal, all that is there in
/// one transaction, and then emits. Nothing else commits. Queries and emissions can be held back; commits and deadlines never are.
/// Should the journal fail, nothing of that transaction is told and ``run(emit:)`` throws: the next process reads the tasks
/// again and finds the same changes, so that nothing is lost and nothing comes out of order.
package final class WatchEngine: Sendable {
    enum Phase {
        case idle, running
        case stopped(any Error)
    }

    /// What the draining loop has to do.
    enum Item {
        case action(WatchTable.Action)
        /// An action that emits, encoded.
        case emission(Emission)
        /// Everything before this has been committed and told.
        case reached(CheckedContinuation<Void, any Error>)
    }

    struct State {
        var table: WatchTable
        var phase = Phase.idle
        /// What has been decided, in the order in which it was.
        var queue: [Item] = []
        /// What the journal has, and nobody has heard of yet.
        var committed: [Item] = []
        var mayEmit = true
        /// Wakes the loop that schedules; nil while it does not run.
        var scheduling: AsyncStream<Void>.Continuation?
        /// Wakes the loop that drains the queue; nil while it does not run.
        var draining: AsyncStream<Void>.Continuation?
        /// Until when the scheduling loop sleeps; nil: for ever.
        var wake: Duration?
        var waiters: [WaiterID: CheckedContinuation<CoverStatus, any Error>] = [:]
        var barriers: [UInt64: CheckedContinuation<Void, any Error>] = [:]
        var observers: [TaskID: [UInt64: AsyncStream<CoverState>.Continuation]] = [:]
        var lastObserver: UInt64 = 0
        /// The number of the last entry told.
        var emittedSequence: Int64

        /// What a call gets once the engine has stopped.
        var refusal: (any Error)? {
            guard case .stopped(let error) = phase else { return nil }
            return error is CancellationError ? CoverError.stopped : error
        }

        /// Whether the scheduling loop sleeps too long, or with nothing left to wake for.
        var sleepsWrongly: Bool {
            guard let needed = table.nextWake else { return wake != nil }
            return wake.map { needed < $0 } ?? true
        }
    }

    let source: any StatusSource
    let journal: any WatchJournal
    let timeline: Timeline
    let state: Mutex<State>

    /// Takes the journal's watches up again; they are asked about when ``run(emit:)`` runs.
    ///
    /// - Parameter seed: of the jitter.
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

    /// Makes no query before ``startQuerying()``: there may be no key yet.
    package func holdQueries() { update { $0.table.mayQuery = false } }

    package func startQuerying() {
        update { state in
            state.table.mayQuery = true
            state.table.settleBarriers(at: timeline.now)
        }
    }

    /// Emits nothing before ``startEmitting()``: the peer may not have spoken yet.
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

    /// The watches in the order of their ids' bytes, which stays as it is while watches come and go.
    ///
    /// - Parameters:
    ///   - taskId: where to go on; it need not be watched. nil: from the first.
    ///   - limit: how many at most; nil: all.
    package func watches(after taskId: TaskID?, limit: Int?) -> [Watch] {
        // Sorted outside the lock: there may be a great many.
        let taskIds = state.withLock(\.table.watchedIds)
            .filter { id in taskId.map { $0 < id } ?? true }
            .sorted()
            .prefix(limit ?? .max)
        return watches(of: Array(taskIds))
    }

    /// The watches of these tasks, as far as they are watched.
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

    /// The journal's entries after a sequence number, oldest first. Entries are here before they are told.
    package func changes(after sequence: Int64, limit: Int) async throws -> ChangePage {
        try await journal.changes(after: sequence, limit: limit)
    }

    /// Changes the state, queues what the table decided, and wakes whom it concerns.
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
