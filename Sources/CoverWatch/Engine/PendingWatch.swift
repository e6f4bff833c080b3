import CoverModel
import Synchronization

/// The answer to a wish to watch. Nothing of its watches is told before ``activate()``, so that the caller can answer first.
///
/// One that is dropped takes its watches back, but for a confirmed one, which counts as started: those watches are in the journal
/// and must come to an end.
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

    /// The watches, once each, in the order asked for.
    package var watches: [Watch] { state.withLock(\.watches) }

    /// Learns what the journal knows of the tasks, and returns when it has the watches.
    package func commit() async throws {
        guard let engine else { throw CoverError.stopped }
        let finals = try await engine.finalStatuses(of: taskIds)
        // A call that was taken back meanwhile need not reach the journal.
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

    /// The call is answered: its watches begin, and those that it changed go on. A second call does nothing.
    package func activate() {
        guard let engine else { return }
        engine.update { $0.table.activate(number, of: taskIds, at: engine.timeline.moment) }
    }

    /// Takes the call back: the watches that it made end, and those that it changed have their interval and deadline of before.
    /// Does nothing after ``activate()``.
    package func rollback() {
        guard let engine else { return }
        engine.update { $0.table.rollback(number, of: taskIds, at: engine.timeline.moment) }
    }

    /// As ``rollback()``, and returns when the journal has it.
    package func rolledBack() async throws {
        guard let engine else { throw CoverError.stopped }
        rollback()
        try await engine.reachEndOfQueue()
    }

    private var taskIds: [TaskID] { watches.map(\.taskId) }
}
