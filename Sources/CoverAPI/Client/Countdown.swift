import CoverModel
import Synchronization

/// A time limit that begins when the countdown is started, and not when it is created.
final class Countdown: Sendable {
    private struct State {
        var startedAt: Duration?
        var cancel: (@Sendable () -> Void)?
        var number: Int?
        var isOver = false
    }

    private let deadlines: Deadlines
    private let limit: Duration
    private let state = Mutex(State())

    init(_ limit: Duration, deadlines: Deadlines) {
        self.limit = limit
        self.deadlines = deadlines
    }

    /// When the countdown was started; nil if it was not started.
    var startedAt: Duration? { state.withLock(\.startedAt) }

    /// - Parameter cancel: called on any thread when the time is over.
    func onLate(_ cancel: @escaping @Sendable () -> Void) {
        state.withLock { state in
            state.cancel = cancel
            run(&state)
        }
    }

    func start() {
        state.withLock { state in
            guard state.startedAt == nil else { return }
            state.startedAt = deadlines.timeline.now
            run(&state)
        }
    }

    /// Ends the countdown.
    ///
    /// - Returns: whether time was left.
    func finish() -> Bool {
        let number = state.withLock { state in
            state.isOver = true
            return state.number
        }
        return number.map(deadlines.leave) ?? true
    }

    private func run(_ state: inout State) {
        guard !state.isOver, state.number == nil, let cancel = state.cancel, let start = state.startedAt else { return }
        state.number = deadlines.enter(due: start + limit, cancel: cancel)
    }
}
