package import CoverModel
import Synchronization

/// A fleet that follows the script of a test, and records the requests of the client.
package final class ScriptedFleet: QueryFleet {
    package enum Reply: Sendable {
        /// The client makes the query.
        case go(SharedReading?)
        /// Another bridge has read the task.
        case known(Result<CoverStatus, CoverError>, SharedReading)
        case deferred(until: Duration)
        case paused(Duration)
        /// The store was lost while the query waited.
        case void
    }

    private struct State {
        var replies: [Reply]
        var asked: [String] = []
        var outcomes: [String] = []
        var handle: (@Sendable (FleetEvent) -> Void)?
    }

    private let state: Mutex<State>

    /// - Parameter replies: the replies in order. After that, the last reply is repeated.
    package init(_ replies: [Reply]) { state = Mutex(State(replies: replies)) }

    /// The requests, such as `t urgent` and `- urgent`.
    package var asked: [String] { state.withLock(\.asked) }
    /// The results of the queries that were made, such as `pending` and `rateLimited`.
    package var outcomes: [String] { state.withLock(\.outcomes) }

    package func emit(_ event: FleetEvent) { state.withLock(\.handle)?(event) }

    package func read(
        _ taskId: TaskID,
        _ freshness: FleetFreshness,
        isUrgent: Bool,
        query: @escaping @Sendable () async throws -> Result<CoverStatus, CoverError>
    ) async throws -> FleetResult {
        let words = "\(taskId) \(isUrgent ? "urgent" : "patient")\(freshness == .own ? " own" : "")"
        switch next(words) {
        case .known(let result, let shared): return FleetResult(result, shared: shared)
        case .deferred(let until): throw FleetDeferral(until: until)
        case .paused(let remaining): throw QueriesPaused(isMaintenance: false, for: remaining)
        case .void: throw FleetTurnVoid()
        case .go(let shared):
            let result = try await query()
            note(result.map(\.state.rawValue))
            return FleetResult(result, shared: shared)
        }
    }

    package func ask<Value: Sendable>(
        isUrgent: Bool,
        query: @escaping @Sendable () async throws -> Value,
        throttling: @Sendable (Value) -> CoverError?
    ) async throws -> Value {
        switch next("- \(isUrgent ? "urgent" : "patient")") {
        case .deferred(let until): throw FleetDeferral(until: until)
        case .paused(let remaining): throw QueriesPaused(isMaintenance: false, for: remaining)
        case .void: throw FleetTurnVoid()
        case .go, .known:
            let value = try await query()
            note(throttling(value).map { .failure($0) } ?? .success("answered"))
            return value
        }
    }

    package func onEvent(_ handle: @escaping @Sendable (FleetEvent) -> Void) { state.withLock { $0.handle = handle } }

    package var statistics: FleetStatistics { FleetStatistics(store: "script") }

    private func next(_ words: String) -> Reply {
        state.withLock { state in
            state.asked.append(words)
            return state.replies.count > 1 ? state.replies.removeFirst() : state.replies.first ?? .go(nil)
        }
    }

    private func note(_ result: Result<String, CoverError>) {
        let words =
            switch result {
            case .success(let words): words
            case .failure(let error): error.kind.rawValue
            }
        state.withLock { $0.outcomes.append(words) }
    }
}
