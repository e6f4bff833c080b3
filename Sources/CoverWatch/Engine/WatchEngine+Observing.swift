package import CoverModel
import Synchronization

extension WatchEngine {
    /// The states of a task from now on, while a caller waits for it. Each state differs from the one before.
    package func states(of taskId: TaskID) -> AsyncStream<CoverState> {
        let (states, observer) = AsyncStream.makeStream(of: CoverState.self)
        let number = state.withLock { state in
            state.lastObserver += 1
            state.observers[taskId, default: [:]][state.lastObserver] = observer
            return state.lastObserver
        }
        observer.onTermination = { [weak self] _ in self?.forgetObserver(number, of: taskId) }
        return states
    }

    private func forgetObserver(_ number: UInt64, of taskId: TaskID) {
        state.withLock { state in
            state.observers[taskId]?[number] = nil
            if state.observers[taskId]?.isEmpty == true { state.observers[taskId] = nil }
        }
    }
}
