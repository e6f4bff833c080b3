import CoverModel
import Synchronization

/// Ends work whose time is over. One task sleeps for all work in flight. Most work ends long before its deadline, and a
/// timer for each piece of work would cost more than the work itself.
final class Deadlines: Sendable {
    private struct Entry {
        var due: Duration
        let cancel: @Sendable () -> Void
    }

    private struct State {
        /// The work in flight that has time left, by number.
        var entries: [Int: Entry] = [:]
        var lastNumber = 0
        /// The sleeping task, and until when it sleeps.
        var sleeper: Task<Void, Never>?
        var wake: Duration?
    }

    let timeline: Timeline
    private let state = Mutex(State())

    init(timeline: Timeline) {
        self.timeline = timeline
    }

    deinit { state.withLock(\.sleeper)?.cancel() }

    /// Runs `work` with a time limit. The work registers how to cancel it, so it needs no separate task.
    ///
    /// - Parameters:
    ///   - limit: the time limit.
    ///   - expired: the error to throw when the time is over.
    ///   - work: receives a function that registers a cancellation. When the time is over, the registered cancellation
    ///     is called on any thread.
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

    /// Runs `work` in a separate task. When the time limit is over, the task is cancelled.
    ///
    /// - Parameters:
    ///   - limit: the time limit.
    ///   - expired: the error to throw when the time is over.
    func within<T: Sendable>(
        _ limit: Duration,
        expired: () -> CoverError,
        work: @escaping @Sendable () async throws -> T
    ) async throws -> T {
        try await within(renewable: limit, expired: expired) { _ in try await work() }
    }

    /// Runs `work` in a separate task, with a time limit that the work can start again.
    ///
    /// - Parameters:
    ///   - limit: the time limit.
    ///   - expired: the error to throw when the time is over.
    ///   - work: receives a function that starts the time limit again.
    func within<T: Sendable>(
        renewable limit: Duration,
        expired: () -> CoverError,
        work: @escaping @Sendable (_ renew: @escaping @Sendable () -> Void) async throws -> T
    ) async throws -> T {
        let number = nextNumber()
        let task = Task { try await work { [self] in postpone(number, until: timeline.now + limit) } }
        enter(number, due: timeline.now + limit) { task.cancel() }
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
        let number = nextNumber()
        enter(number, due: due, cancel: cancel)
        return number
    }

    private func nextNumber() -> Int {
        state.withLock { state in
            state.lastNumber += 1
            return state.lastNumber
        }
    }

    private func enter(_ number: Int, due: Duration, cancel: @escaping @Sendable () -> Void) {
        state.withLock { state in
            state.entries[number] = Entry(due: due, cancel: cancel)
            if state.wake.map({ due < $0 }) ?? true { sleep(until: due, &state) }
        }
    }

    /// Gives an entry more time. The sleeping task wakes at the old time, and then sleeps on.
    private func postpone(_ number: Int, until due: Duration) {
        state.withLock { $0.entries[number]?.due = due }
    }

    /// Removes an entry. Returns whether time was left.
    func leave(_ number: Int) -> Bool {
        state.withLock { $0.entries.removeValue(forKey: number) } != nil
    }

    /// Starts a new sleeping task. The new task replaces a task that would sleep longer.
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

    /// Cancels the work whose time is over. Returns when to check again; nil if another task does that or nothing is
    /// left.
    private func expire(at moment: Duration) -> Duration? {
        let now = timeline.now
        let (late, next) = state.withLock { state -> ([Entry], Duration?) in
            // Work with an earlier deadline has arrived in the meantime.
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
