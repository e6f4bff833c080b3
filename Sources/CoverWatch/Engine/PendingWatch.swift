import CoverModel
import Synchronization

/// The result of a call to watch, until the call is answered. The engine emits nothing about its watches before
/// ``activate()``, so that the answer comes first.
///
/// If the result is dropped before its commit, the watches are rolled back. If it is dropped after its commit, the
/// watches are activated. The reason is that the journal has stored them, so each of them must end with an event.
package final class PendingWatch: Sendable {
    private struct State {
        var watches: [Watch]
        var isCommitted = false
    }

    private let number: UInt64
    private let state: Mutex<State>
    private weak let engine: WatchEngine?

    init(_ number: UInt64, _ watches: [Watch], in engine: WatchEngine) {
        self.number = number
        self.engine = engine
        state = Mutex(State(watches: watches))
    }

    deinit {
        if state.withLock(\.isCommitted) { activate() } else { rollback() }
    }

    /// The watches, once each, in the order of the call.
    package var watches: [Watch] { state.withLock(\.watches) }

    /// Reads from the journal which tasks are final already, and returns when the journal has stored the watches.
    ///
    /// - Throws: what the journal throws; `shuttingDown` if the engine has stopped; `CancellationError`.
    package func commit() async throws {
        guard let engine else { throw CoverError.stopped }
        let finals = try await engine.finalStatuses(of: taskIds)
        // A call that was cancelled in the meantime need not reach the journal.
        try Task.checkCancellation()
        try engine.update { state in
            if let refusal = state.refusal { throw refusal }
            state.table.noteFinals(finals, number)
            state.table.record(number, of: taskIds)
        }
        try await engine.reachEndOfQueue()
        state.withLock { state in
            for index in state.watches.indices {
                if let known = finals[state.watches[index].taskId] { state.watches[index].last = known }
            }
            state.isCommitted = true
        }
    }

    /// Notes that the answer to the call is known, and waits for other answers. The watches are polled from now on, so
    /// that those answers can come. Only the events still wait for ``activate()``.
    package func postpone() {
        guard let engine else { return }
        engine.update { $0.table.postpone(number, of: taskIds, at: engine.timeline.moment) }
    }

    /// Notes that the call is answered. New watches begin, and changed watches continue. A second call does nothing.
    package func activate() {
        guard let engine else { return }
        engine.update { $0.table.activate(number, of: taskIds, at: engine.timeline.moment) }
    }

    /// Undoes the call. New watches end, and changed watches get back their previous interval and deadline. After
    /// ``activate()``, this method does nothing.
    package func rollback() {
        guard let engine else { return }
        engine.update { $0.table.rollback(number, of: taskIds, at: engine.timeline.moment) }
    }

    /// Does the same as ``rollback()``, and returns when the journal has stored the result.
    package func rolledBack() async throws {
        guard let engine else { throw CoverError.stopped }
        rollback()
        try await engine.reachEndOfQueue()
    }

    private var taskIds: [TaskID] { watches.map(\.taskId) }
}
