import CoverModel
import Synchronization

/// Identical work in flight, done once: whoever asks for a key that is under way waits for the same result.
///
/// A caller that is cancelled leaves alone; when the last one leaves, the work itself is cancelled.
final class SingleFlight<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private typealias Waiter = CheckedContinuation<Value, any Error>

    private struct Flight {
        var key: Key
        var waiters: [Int: Waiter]
        var task: Task<Void, Never>?
        var isSent = false
        /// Called once when the query is sent.
        var onSent: [@Sendable () -> Void] = []
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
    ///   - joined: called with what makes this caller leave, as if it were cancelled.
    ///   - sent: called once what is asked is on its way, perhaps at once.
    ///   - shared: called with the flight's number when this caller joins one that is under way.
    ///   - work: does the work, given the flight's number.
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
                switch join(key, caller, continuation) {
                case .started(let id): start(id, work)
                case .shared(let id): shared(id)
                case .refused(let error): return continuation.resume(throwing: error)
                }
                joined { self.leave(caller, of: key, isCancelled: false) }
                self.onSent(of: key, sent)
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
            state.flights[caller] = Flight(key: key, waiters: [caller: waiter])
            state.current[key] = caller
            return .started(caller)
        }
    }

    private func start(_ id: Int, _ work: @escaping @Sendable (Int) async throws -> Value) {
        let task = Task {
            let result: Result<Value, any Error>
            do { result = .success(try await work(id)) } catch { result = .failure(error) }
            land(id, result)
        }
        let isAbandoned = state.withLock { state in
            state.flights[id]?.task = task
            return state.flights[id] == nil
        }
        // Landed already, or left by its only caller before the task was known: harmless, or needed.
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

    /// - Parameter isCancelled: whether a caller that is yet to join is to be refused.
    private func leave(_ caller: Int, of key: Key, isCancelled: Bool) {
        let (waiter, abandoned) = state.withLock { state -> (Waiter?, Task<Void, Never>?) in
            guard let id = state.current[key], let waiter = state.flights[id]?.waiters.removeValue(forKey: caller)
            else {
                if isCancelled { state.cancelled.insert(caller) }
                return (nil, nil)
            }
            guard state.flights[id]?.waiters.isEmpty == true else { return (waiter, nil) }
            state.current[key] = nil
            return (waiter, state.flights.removeValue(forKey: id)?.task)
        }
        abandoned?.cancel()
        waiter?.resume(throwing: CancellationError())
    }

    private func onSent(of key: Key, _ sent: @escaping @Sendable () -> Void) {
        let isSent = state.withLock { state in
            guard let id = state.current[key], let flight = state.flights[id] else { return false }
            if !flight.isSent { state.flights[id]?.onSent.append(sent) }
            return flight.isSent
        }
        if isSent { sent() }
    }

    /// What a flight asks is on its way: the time of its callers counts from now on.
    func markSent(_ flight: Int) {
        let callbacks = state.withLock { state in
            state.flights[flight]?.isSent = true
            defer { state.flights[flight]?.onSent = [] }
            return state.flights[flight]?.onSent ?? []
        }
        for callback in callbacks { callback() }
    }

    /// Whether a flight of this number is under way.
    func contains(_ flight: Int) -> Bool {
        state.withLock { $0.flights[flight] != nil }
    }

    /// Cancels the work of a flight, whose callers get what it ends with.
    func cancel(_ flight: Int) {
        state.withLock { $0.flights[flight]?.task }?.cancel()
    }

    /// Ends everything that is in flight with `shuttingDown`, and refuses what comes later.
    func close() {
        let flights = state.withLock { state in
            state.closed = true
            defer { state.flights = [:] }
            state.current = [:]
            return Array(state.flights.values)
        }
        for flight in flights {
            flight.task?.cancel()
            for waiter in flight.waiters.values {
                waiter.resume(throwing: CoverError(.shuttingDown, "The client is shutting down."))
            }
        }
    }
}
