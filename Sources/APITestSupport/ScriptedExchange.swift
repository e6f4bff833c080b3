package import CoverAPI
package import CoverModel
import Synchronization

/// A double of the network for tests. It sends the answers of a script, and records the requests.
package final class ScriptedExchange: HTTPExchange {
    package enum Reply: Sendable {
        case answer(status: Int, headers: [(name: String, value: String)], body: [UInt8])
        case failure(CoverError)
        /// No answer is sent. The exchange ends when the request is cancelled.
        case silence

        package static func json(
            _ text: String,
            status: Int = 200,
            headers: [(name: String, value: String)] = []
        ) -> Reply {
            .answer(status: status, headers: headers, body: Array(text.utf8))
        }
    }

    private struct State {
        var requests: [ExchangeRequest] = []
        var cancelled = 0
        var watchers: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
        var closed = false
    }

    private let script: @Sendable (_ request: ExchangeRequest, _ number: Int) async throws -> Reply
    private let state = Mutex(State())

    /// - Parameter script: the answer to a request, given the number of requests before it.
    package init(_ script: @escaping @Sendable (_ request: ExchangeRequest, _ number: Int) async throws -> Reply) {
        self.script = script
    }

    /// Sends these answers in order. After that, the last answer is repeated.
    package convenience init(_ replies: [Reply]) {
        self.init { _, number in replies.indices.contains(number) ? replies[number] : replies.last ?? .silence }
    }

    package var requests: [ExchangeRequest] { state.withLock(\.requests) }
    /// How many requests were cancelled while they waited for their answer.
    package var cancelledCount: Int { state.withLock(\.cancelled) }
    package var isShutDown: Bool { state.withLock(\.closed) }

    /// Waits until this many requests have arrived.
    package func requests(atLeast count: Int) async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.requests.count >= count { return true }
                state.watchers.append((count, continuation))
                return false
            }
            if isThere { continuation.resume() }
        }
    }

    package func perform(_ request: ExchangeRequest, receive: (ExchangePart) async throws -> Void) async throws {
        let (number, watchers) = state.withLock { state in
            state.requests.append(request)
            let count = state.requests.count
            let ready = state.watchers.filter { $0.count <= count }.map(\.continuation)
            state.watchers.removeAll { $0.count <= count }
            return (count - 1, ready)
        }
        for watcher in watchers { watcher.resume() }
        switch try await script(request, number) {
        case .failure(let error): throw error
        case .silence: try await waitForCancellation()
        case .answer(let status, let headers, let body):
            try await receive(.head(ExchangeHead(status: status, headers: headers)))
            // The body is sent in two pieces, as a network may do.
            let middle = body.count / 2
            for piece in [body[..<middle], body[middle...]] where !piece.isEmpty {
                try await receive(.body(Array(piece)))
            }
        }
    }

    private func waitForCancellation() async throws {
        let (stream, continuation) = AsyncStream<Void>.makeStream()
        for await _ in stream {}
        withExtendedLifetime(continuation) {}
        state.withLock { $0.cancelled += 1 }
        throw CancellationError()
    }

    package func shutdown() async { state.withLock { $0.closed = true } }
}
