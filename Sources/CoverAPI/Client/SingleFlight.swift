import CoverModel
import Synchronization

/// Does identical work only once at a time. If work with the same key is in flight, a caller waits for the result of
/// that work.
///
/// A cancelled caller leaves without ending the work of the others. When the last caller leaves, the work itself is
/// cancelled.
final class SingleFlight<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private typealias Waiter = CheckedContinuation<Value, any Error>

    /// The lock of ``state`` guards it. It is a class, because each query changes its flight several times, and a
    /// dictionary allocates memory for each change of a value inside it.
    private final class Flight {
        let key: Key
        var waiters: [Int: Waiter]
        var task: Task<Void, Never>?
        var isSent = false
        /// Called once, when the query is sent.
        var onSent: [@Sendable () -> Void] = []

        init(_ key: Key, _ caller: Int, _ waiter: Waiter) {
            self.key = key
            waiters = [caller: waiter]
        }
    }

    private struct State {
        var flights: [Int: Flight] = [:]
        var current: [Key: Int] = [:]
        var cancelled: Set<Int> = []
        var lastID = 0
        var closed = false
    }

    private enum Joined {
        case started(Int)
        case shared(Int)
        case refused(any Error)
    }

    private let state = Mutex(State())

    /// A number that no flight has.
    func newNumber() -> Int {
        state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
    }

    /// The result of the work for a key.
    ///
    /// - Parameters:
    ///   - key: identifies the work.
    ///   - joined: called for every caller that is not refused, with a function that makes the caller leave, as if it
    ///     were cancelled.
    ///   - sent: called once, when the query is sent, possibly at once.
    ///   - shared: called with the number of the flight if this caller shares a flight of another caller.
    ///   - work: does the work, given the number of the flight.
    func value(
        for key: Key,
        joined: (_ leave: @escaping @Sendable () -> Void) -> Void = { _ in },
        sent: @escaping @Sendable () -> Void = {},
        shared: (Int) -> Void,
        work: @escaping @Sendable (Int) async throws -> Value
    ) async throws -> Value {
        let caller = newNumber()
        defer { state.withLock { _ = $0.cancelled.remove(caller) } }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let way = join(key, caller, continuation)
                if case .refused(let error) = way { return continuation.resume(throwing: error) }
                joined { self.leave(caller, of: key, isCancelled: false) }
                onSent(of: key, sent)
                switch way {
                case .started(let id): start(id, work)
                case .shared(let id): shared(id)
                case .refused: break
                }
            }
        } onCancel: {
            leave(caller, of: key, isCancelled: true)
        }
    }

    private func join(_ key: Key, _ caller: Int, _ waiter: Waiter) -> Joined {
        state.withLock { state in
            if state.cancelled.contains(caller) { return .refused(CancellationError()) }
            if state.closed { return .refused(CoverError(.shuttingDown, "The client has been shut down.")) }
            if let id = state.current[key] {
                state.flights[id]?.waiters[caller] = waiter
                return .shared(id)
            }
            state.flights[caller] = Flight(key, caller, waiter)
            state.current[key] = caller
            return .started(caller)
        }
    }

    private func start(_ id: Int, _ work: @escaping @Sendable (Int) async throws -> Value) {
        // The only caller may have left already.
        guard contains(id) else { return }
        let task = Task {
            let result: Result<Value, any Error>
            do { result = .success(try await work(id)) } catch { result = .failure(error) }
            land(id, result)
        }
        let isAbandoned = state.withLock { state in
            state.flights[id]?.task = task
            return state.flights[id] == nil
        }
        // The flight ended before its task was stored, or its only caller left. Cancelling is harmless in the first
        // case, and needed in the second.
        if isAbandoned { task.cancel() }
    }

    private func land(_ id: Int, _ result: Result<Value, any Error>) {
        let waiters = state.withLock { state -> [Waiter] in
            guard let flight = state.flights.removeValue(forKey: id) else { return [] }
            if state.current[flight.key] == id { state.current[flight.key] = nil }
            return Array(flight.waiters.values)
        }
        for waiter in waiters { waiter.resume(with: result) }
    }

    /// - Parameter isCancelled: whether a caller that joins later is refused.
    private func leave(_ caller: Int, of key: Key, isCancelled: Bool) {
        let (waiter, abandoned) = state.withLock { state -> (Waiter?, Task<Void, Never>?) in
            guard let id = state.current[key], let flight = state.flights[id],
                let waiter = flight.waiters.removeValue(forKey: caller)
            else {
                if isCancelled { state.cancelled.insert(caller) }
                return (nil, nil)
            }
            guard flight.waiters.isEmpty else { return (waiter, nil) }
            state.current[key] = nil
            state.flights[id] = nil
            return (waiter, flight.task)
        }
        abandoned?.cancel()
        waiter?.resume(throwing: CancellationError())
    }

    private func onSent(of key: Key, _ sent: @escaping @Sendable () -> Void) {
        let isSent = state.withLock { state in
            guard let id = state.current[key], let flight = state.flights[id] else { return false }
            if !flight.isSent { flight.onSent.append(sent) }
            return flight.isSent
        }
        if isSent { sent() }
    }

    /// Notes that the query of a flight is sent. The time limits of its callers run from now on.
    func markSent(_ flight: Int) {
        let callbacks = state.withLock { state -> [@Sendable () -> Void] in
            guard let flight = state.flights[flight] else { return [] }
            flight.isSent = true
            defer { flight.onSent = [] }
            return flight.onSent
        }
        for callback in callbacks { callback() }
    }

    /// Whether a flight with this number exists.
    func contains(_ flight: Int) -> Bool {
        state.withLock { $0.flights[flight] != nil }
    }

    /// Cancels the work of a flight. Its callers get the error of the work.
    func cancel(_ flight: Int) {
        state.withLock { $0.flights[flight]?.task }?.cancel()
    }

    /// Fails everything in flight with `shuttingDown`, and refuses later calls.
    func close() {
        let flights = state.withLock { state in
            state.closed = true
            defer { state.flights = [:] }
            state.current = [:]
            return state.flights.values.map { (task: $0.task, waiters: Array($0.waiters.values)) }
        }
        for (task, waiters) in flights {
            task?.cancel()
            for waiter in waiters {
                waiter.resume(throwing: CoverError(.shuttingDown, "The client is shutting down."))
            }
        }
    }
}
