import CoverModel
import Synchronization

/// The one place where queries get their turn. Every query first takes a token from the one ``QueryBudget`` here.
/// In a fleet, the shared budget of the bridges comes after this one.
final class RateLimiter: Sendable {
    /// Identifies a query in the queue. The caller chooses the number, so that the caller can promote the query later.
    typealias RequestNumber = Int

    private struct State {
        var budget: QueryBudget
        var waiting: [RequestNumber: CheckedContinuation<Void, any Error>] = [:]
        var cancelled: Set<RequestNumber> = []
        var pumps = false
        /// The task that wakes the waiting callers. It ends when no caller is left.
        var pump: Task<Void, Never>?

        /// Grants the available tokens. Returns the callers to wake, and when to come back if others still wait.
        mutating func grant(now: Duration) -> (woken: [CheckedContinuation<Void, any Error>], next: Duration?) {
            let (requestNumbers, next) = budget.grant(now: now)
            pumps = next != nil
            return (requestNumbers.compactMap { waiting.removeValue(forKey: $0) }, next)
        }
    }

    private let timeline: Timeline
    private let limit: Int
    private let state: Mutex<State>

    /// - Parameter limit: how many queries may wait. Further queries fail with `overloaded`.
    init(rate: Double, burst: Double, limit: Int, timeline: Timeline) {
        self.timeline = timeline
        self.limit = limit
        state = Mutex(State(budget: QueryBudget(rate: rate, burst: burst, now: timeline.now)))
    }

    deinit { state.withLock(\.pump)?.cancel() }

    /// Waits for a token.
    ///
    /// - Throws: `CancellationError`; `overloaded` if too many queries wait already.
    func acquire(_ priority: QueryPriority, requestNumber: RequestNumber) async throws {
        if !Task.isCancelled, takeAtOnce(priority) { return }
        // The cancellation handler may run after the token was granted.
        defer { state.withLock { _ = $0.cancelled.remove(requestNumber) } }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in enqueue(requestNumber, priority, continuation) }
        } onCancel: {
            cancel(requestNumber)
        }
    }

    /// Takes a token without waiting, if no query waits.
    private func takeAtOnce(_ priority: QueryPriority) -> Bool {
        let now = timeline.now
        return state.withLock { $0.budget.takeAtOnce(priority, now: now) }
    }

    /// Takes turns for polls of watches, which do not wait here.
    func take(_ wanted: Int) -> Turns {
        let now = timeline.now
        return state.withLock { $0.budget.take(wanted, now: now) }
    }

    /// Takes back turns that were not used.
    func giveBack(_ turns: Int) {
        let now = timeline.now
        let woken = state.withLock { state in
            state.budget.giveBack(turns, now: now)
            // The pump of the waiting callers sleeps until the next token comes. The returned tokens are available now,
            // so they are granted here.
            let pumps = state.pumps
            defer { state.pumps = pumps }
            return state.grant(now: now).woken
        }
        for continuation in woken { continuation.resume() }
    }

    /// Continues with another rate. There is no token at first.
    func restart(rate: Double, burst: Double) {
        let now = timeline.now
        let pump = state.withLock { state in
            state.budget.restart(rate: rate, burst: burst, now: now)
            defer { state.pump = nil }
            return state.pump
        }
        // The pump may sleep until the moment at which the former rate would bring a token.
        pump?.cancel()
        if let next = grant() { self.pump(from: next) }
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
            // Most callers get a token at once, and need no task.
            if let next = grant() { pump(from: next) }
        }
    }

    private func grant() -> Duration? {
        let now = timeline.now
        let (woken, next) = state.withLock { $0.grant(now: now) }
        for continuation in woken { continuation.resume() }
        return next
    }

    /// Wakes the waiting callers, one token after the other, until none is left.
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

    /// Moves a waiting query to the interactive ones, because a caller waits for it now.
    func promote(_ requestNumber: RequestNumber) {
        state.withLock { $0.budget.promote(requestNumber) }
    }

    /// The available tokens, and the number of waiting queries.
    var load: (tokens: Double, waiting: Int) {
        let now = timeline.now
        return state.withLock { ($0.budget.available(now: now), $0.waiting.count) }
    }
}
