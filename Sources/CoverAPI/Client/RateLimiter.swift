import CoverModel
import Synchronization

/// The one place where queries get their turn: everything that asks the API takes a token of the one ``QueryBudget`` here first.
/// Bridges that share a key would share a budget in its place.
final class RateLimiter: Sendable {
    /// Names a query in the queue; given by the caller, so that it can be promoted.
    typealias RequestNumber = Int

    private struct State {
        var budget: QueryBudget
        var waiting: [RequestNumber: CheckedContinuation<Void, any Error>] = [:]
        var cancelled: Set<RequestNumber> = []
        var pumps = false
        /// Wakes the callers that wait; ends when none is left.
        var pump: Task<Void, Never>?

        /// Hands out the tokens that are there; whom to wake, and when to come back if somebody still waits.
        mutating func grant(now: Duration) -> (woken: [CheckedContinuation<Void, any Error>], next: Duration?) {
            let (requestNumbers, next) = budget.grant(now: now)
            pumps = next != nil
            return (requestNumbers.compactMap { waiting.removeValue(forKey: $0) }, next)
        }
    }

    private let timeline: Timeline
    private let limit: Int
    private let state: Mutex<State>

    /// - Parameter limit: how many queries may wait; more are `overloaded`.
    init(rate: Double, burst: Double, limit: Int, timeline: Timeline) {
        self.timeline = timeline
        self.limit = limit
        state = Mutex(State(budget: QueryBudget(rate: rate, burst: burst, now: timeline.now)))
    }

    deinit { state.withLock(\.pump)?.cancel() }

    /// Waits for a token.
    ///
    /// - Throws: `CancellationError`; `overloaded` where too many wait already.
    func acquire(_ priority: QueryPriority, requestNumber: RequestNumber) async throws {
        if !Task.isCancelled, takeAtOnce(priority) { return }
        // The handler may note a cancellation that comes after the token.
        defer { state.withLock { _ = $0.cancelled.remove(requestNumber) } }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in enqueue(requestNumber, priority, continuation) }
        } onCancel: {
            cancel(requestNumber)
        }
    }

    /// The token of a query that need not wait, since nobody does.
    private func takeAtOnce(_ priority: QueryPriority) -> Bool {
        let now = timeline.now
        return state.withLock { $0.budget.takeAtOnce(priority, now: now) }
    }

    /// Turns for looks of watches, which do not wait here.
    func take(_ wanted: Int) -> Turns {
        let now = timeline.now
        return state.withLock { $0.budget.take(wanted, now: now) }
    }

    /// Takes turns back that were not needed.
    func giveBack(_ turns: Int) {
        let now = timeline.now
        let woken = state.withLock { state in
            state.budget.giveBack(turns, now: now)
            // Whoever waits has a pump, which sleeps for a token that is here now.
            let pumps = state.pumps
            defer { state.pumps = pumps }
            return state.grant(now: now).woken
        }
        for continuation in woken { continuation.resume() }
    }

    private enum Admission {
        case admitted(startsPump: Bool)
        case refused(any Error)
    }

    private func enqueue(
        _ requestNumber: RequestNumber,
        _ priority: QueryPriority,
        _ continuation: CheckedContinuation<Void, any Error>
    ) {
        let admission: Admission = state.withLock { state in
            if state.cancelled.contains(requestNumber) { return .refused(CancellationError()) }
            guard state.waiting.count < limit else {
                return .refused(
                    CoverError(.overloaded, "\(limit) queries wait for their turn; ask again when there are fewer.")
                )
            }
            state.budget.append(requestNumber, priority)
            state.waiting[requestNumber] = continuation
            defer { state.pumps = true }
            return .admitted(startsPump: !state.pumps)
        }
        switch admission {
        case .refused(let error): continuation.resume(throwing: error)
        case .admitted(startsPump: false): break
        case .admitted(startsPump: true):
            // Most find a token at once: no task is needed for that.
            if let next = grant() { pump(from: next) }
        }
    }

    private func grant() -> Duration? {
        let now = timeline.now
        let (woken, next) = state.withLock { $0.grant(now: now) }
        for continuation in woken { continuation.resume() }
        return next
    }

    /// Wakes the callers that wait, one token after the other, until none is left.
    private func pump(from first: Duration) {
        let pump = Task { [weak self, timeline] in
            var next: Duration? = first
            while let moment = next {
                do { try await timeline.sleep(until: moment) } catch { return }
                next = self?.grant()
            }
        }
        state.withLock { $0.pump = pump }
    }

    private func cancel(_ requestNumber: RequestNumber) {
        let continuation = state.withLock { state in
            state.budget.remove(requestNumber)
            let continuation = state.waiting.removeValue(forKey: requestNumber)
            if continuation == nil { state.cancelled.insert(requestNumber) }
            return continuation
        }
        continuation?.resume(throwing: CancellationError())
    }

    /// Moves a waiting query to the urgent ones: somebody waits for it now.
    func promote(_ requestNumber: RequestNumber) {
        state.withLock { $0.budget.promote(requestNumber) }
    }

    /// Tokens at hand, and how many queries wait.
    var load: (tokens: Double, waiting: Int) {
        let now = timeline.now
        return state.withLock { ($0.budget.available(now: now), $0.waiting.count) }
    }
}
