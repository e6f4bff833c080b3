import Synchronization

/// How urgent a query is when the budget is short.
enum QueryPriority: Sendable {
    /// Somebody waits for the answer.
    case interactive
    /// A watch's next look.
    case background
}

/// The one budget of queries: everything that asks the API takes a token here first. Two queues, first come, first served in each.
final class RateLimiter: Sendable {
    /// Names a query in the queue; given by the caller, so that it can be promoted.
    typealias Ticket = Int

    private struct State {
        var bucket: TokenBucket
        var queues = TicketQueues()
        var waiting: [Ticket: CheckedContinuation<Void, any Error>] = [:]
        var cancelled: Set<Ticket> = []
        var pumps = false

        /// Hands out the tokens that are there; whom to wake, and when the next token comes if somebody still waits.
        mutating func grant(now: Duration) -> (woken: [CheckedContinuation<Void, any Error>], next: Duration?) {
            var woken: [CheckedContinuation<Void, any Error>] = []
            while let ticket = queues.first {
                guard bucket.take(now: now) else { return (woken, bucket.nextToken(now: now)) }
                queues.remove(ticket)
                if let continuation = waiting.removeValue(forKey: ticket) { woken.append(continuation) }
            }
            pumps = false
            return (woken, nil)
        }
    }

    private let timeline: Timeline
    private let limit: Int
    private let state: Mutex<State>

    /// - Parameter limit: how many queries may wait; more are `overloaded`.
    init(rate: Double, burst: Double, limit: Int, timeline: Timeline) {
        self.timeline = timeline
        self.limit = limit
        state = Mutex(State(bucket: TokenBucket(rate: rate, capacity: burst, now: timeline.now)))
    }

    /// Waits for a token.
    ///
    /// - Throws: `CancellationError`; `overloaded` where too many wait already.
    func acquire(_ priority: QueryPriority, ticket: Ticket) async throws {
        if !Task.isCancelled, takeAtOnce() { return }
        // The handler may note a cancellation that comes after the token.
        defer { state.withLock { _ = $0.cancelled.remove(ticket) } }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in enqueue(ticket, priority, continuation) }
        } onCancel: {
            cancel(ticket)
        }
    }

    /// The token of a query that need not wait, since nobody does.
    private func takeAtOnce() -> Bool {
        let now = timeline.now
        return state.withLock { $0.queues.first == nil && $0.bucket.take(now: now) }
    }

    private enum Admission {
        case admitted(startsPump: Bool)
        case refused(any Error)
    }

    private func enqueue(
        _ ticket: Ticket,
        _ priority: QueryPriority,
        _ continuation: CheckedContinuation<Void, any Error>
    ) {
        let admission: Admission = state.withLock { state in
            if state.cancelled.contains(ticket) { return .refused(CancellationError()) }
            guard state.waiting.count < limit else {
                return .refused(
                    CoverError(.overloaded, "\(limit) queries wait for their turn; ask again when there are fewer.")
                )
            }
            state.queues.append(ticket, priority)
            state.waiting[ticket] = continuation
            defer { state.pumps = true }
            return .admitted(startsPump: !state.pumps)
        }
        switch admission {
        case .refused(let error): continuation.resume(throwing: error)
        case .admitted(startsPump: false): break
        case .admitted(startsPump: true):
            // Most find a token at once: no task is needed for that.
            if let next = grant() { Task { await pump(from: next) } }
        }
    }

    private func grant() -> Duration? {
        let now = timeline.now
        let (woken, next) = state.withLock { $0.grant(now: now) }
        for continuation in woken { continuation.resume() }
        return next
    }

    /// Wakes those who wait, one token after the other, until nobody does.
    private func pump(from first: Duration) async {
        var next: Duration? = first
        while let moment = next {
            try? await timeline.sleep(until: moment)
            next = grant()
        }
    }

    private func cancel(_ ticket: Ticket) {
        let continuation = state.withLock { state in
            state.queues.remove(ticket)
            let continuation = state.waiting.removeValue(forKey: ticket)
            if continuation == nil { state.cancelled.insert(ticket) }
            return continuation
        }
        continuation?.resume(throwing: CancellationError())
    }

    /// Moves a waiting query to the urgent ones: somebody waits for it now.
    func promote(_ ticket: Ticket) {
        state.withLock { $0.queues.promote(ticket) }
    }

    /// Tokens at hand, and how many queries wait.
    var load: (tokens: Double, waiting: Int) {
        let now = timeline.now
        return state.withLock { ($0.bucket.available(now: now), $0.waiting.count) }
    }
}
