import CoverModel
import Synchronization

/// Ends work whose time is up. One task sleeps for everything that is under way: a timer for each would cost more than most
/// of the work, which is done long before.
final class Deadlines: Sendable {
    private struct Entry {
        let due: Duration
        let cancel: @Sendable () -> Void
    }

    private struct State {
        /// What is under way and has time left, by number.
        var entries: [Int: Entry] = [:]
        var lastNumber = 0
        /// The task that sleeps, and until when.
        var sleeper: Task<Void, Never>?
        var wake: Duration?
    }

    let timeline: Timeline
    private let state = Mutex(State())

    init(timeline: Timeline) {
        self.timeline = timeline
    }

    deinit { state.withLock(\.sleeper)?.cancel() }

    /// Runs `work` for so long at the most. It says itself how it is ended, and so needs no task of its own.
    ///
    /// - Parameters:
    ///   - expired: the error to throw when the time is up.
    ///   - work: given a function that takes what ends it: called, on any thread, once the time is up.
    func within<T>(
        _ limit: Duration,
        expired: () -> CoverError,
        work: (_ whenLate: (@escaping @Sendable () -> Void) -> Void) async throws -> T
    ) async throws -> T {
        guard limit > .zero else { throw expired() }
        let due = timeline.now + limit
        var number: Int?
        let result: Result<T, any Error>
        do { result = .success(try await work { number = enter(due: due, cancel: $0) }) } catch {
            result = .failure(error)
        }
        if let number, !leave(number) { throw expired() }
        return try result.get()
    }

    /// Runs `work` in a task of its own for so long at the most, then cancels it.
    ///
    /// - Parameter expired: the error to throw when the time is up.
    func within<T: Sendable>(
        _ limit: Duration,
        expired: () -> CoverError,
        work: @escaping @Sendable () async throws -> T
    ) async throws -> T {
        let task = Task { try await work() }
        let number = enter(due: timeline.now + limit) { task.cancel() }
        let result = await withTaskCancellationHandler {
            await task.result
        } onCancel: {
            task.cancel()
        }
        let wasInTime = leave(number)
        if case .failure = result, !wasInTime { throw expired() }
        return try result.get()
    }

    func enter(due: Duration, cancel: @escaping @Sendable () -> Void) -> Int {
        state.withLock { state in
            state.lastNumber += 1
            state.entries[state.lastNumber] = Entry(due: due, cancel: cancel)
            if state.wake.map({ due < $0 }) ?? true { sleep(until: due, &state) }
            return state.lastNumber
        }
    }

    /// Whether there was time left.
    func leave(_ number: Int) -> Bool {
        state.withLock { $0.entries.removeValue(forKey: number) } != nil
    }

    /// Has a new task sleep, in the place of the one that would sleep longer.
    private func sleep(until due: Duration, _ state: inout State) {
        state.sleeper?.cancel()
        state.wake = due
        state.sleeper = Task { [weak self, timeline] in
            var next: Duration? = due
            while let moment = next {
                do { try await timeline.sleep(until: moment) } catch { return }
                next = self?.expire(at: moment)
            }
        }
    }

    /// Cancels what has no time left, and says when to look again; nil where another task does that, or nobody need.
    private func expire(at moment: Duration) -> Duration? {
        let now = timeline.now
        let (late, next) = state.withLock { state -> ([Entry], Duration?) in
            // Somebody with less time has come meanwhile.
            guard state.wake == moment else { return ([], nil) }
            let late = state.entries.filter { $0.value.due <= now }
            for number in late.keys { state.entries[number] = nil }
            state.wake = state.entries.values.lazy.map(\.due).min()
            if state.wake == nil { state.sleeper = nil }
            return (Array(late.values), state.wake)
        }
        for entry in late { entry.cancel() }
        return next
    }
}
