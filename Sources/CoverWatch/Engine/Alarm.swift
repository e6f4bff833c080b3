import CoverModel
import Synchronization

/// Wakes the one task that waits on it. A ring while nobody waits is kept for the next who does.
final class Alarm: Sendable {
    private enum State {
        case quiet
        case rung
        case waiting(CheckedContinuation<Void, Never>)
    }

    private let state = Mutex(State.quiet)

    func ring() {
        let waiting: CheckedContinuation<Void, Never>? = state.withLock { state in
            guard case .waiting(let continuation) = state else {
                state = .rung
                return nil
            }
            state = .quiet
            return continuation
        }
        waiting?.resume()
    }

    /// Waits for a ring, or for cancellation.
    func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isDue = state.withLock { state in
                    guard case .rung = state else {
                        state = .waiting(continuation)
                        return false
                    }
                    state = .quiet
                    return true
                }
                if isDue { continuation.resume() }
            }
        } onCancel: {
            ring()
        }
    }

    /// Waits for a ring, for cancellation, or for a moment; nil: without one.
    func wait(until moment: Duration?, on timeline: Timeline) async {
        guard let moment else { return await wait() }
        guard timeline.now < moment else { return }
        await withDiscardingTaskGroup { group in
            group.addTask {
                do { try await timeline.sleep(until: moment) } catch { return }
                self.ring()
            }
            await self.wait()
            group.cancelAll()
        }
    }
}
