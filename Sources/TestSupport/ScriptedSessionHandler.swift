package import JSONRPC
import Jansson
import Synchronization

/// A handler with a few methods that show what a session does with each kind of outcome.
package final class ScriptedSessionHandler: SessionHandler {
    private struct State {
        var calls: [String] = []
        var settlements: [Bool] = []
        var held = 0
        var orders = 0
        var watchers: [(isReady: @Sendable (State) -> Bool, continuation: CheckedContinuation<Void, Never>)] = []
    }

    /// The gate at which the work of `hold`, `insist`, `keep` and `lose` waits. When `hold` is cancelled, its work ends
    /// at once. The work of the others waits until the gate opens.
    package let gate = Gate()
    /// The gate at which the `onCancel` functions of `keep` and `lose` wait. After the gate, the function of `lose`
    /// throws an error.
    package let settling = Gate()
    private let state = Mutex(State())

    package init() {}

    /// The methods of all requests and notifications that arrived, in order.
    package var calls: [String] { state.withLock(\.calls) }
    /// For each settled reply of `hold` and `insist`, whether it was sent.
    package var settlements: [Bool] { state.withLock(\.settlements) }

    /// How many requests with the methods `order`, `keep` and `lose` have begun.
    package var orders: Int { state.withLock(\.orders) }

    /// How many replies of `hold` and `insist` wait for their batches, or have waited.
    package var heldReplies: Int { state.withLock(\.held) }

    /// Waits until this many replies of `hold` and `insist` wait for their batches, or have waited.
    package func heldReplies(atLeast count: Int) async {
        await wait { $0.held >= count }
    }

    /// Waits until this many replies are settled.
    package func settlements(atLeast count: Int) async {
        await wait { $0.settlements.count >= count }
    }

    /// Waits until this many requests and notifications have arrived.
    package func calls(atLeast count: Int) async {
        await wait { $0.calls.count >= count }
    }

    private func wait(until isReady: @escaping @Sendable (State) -> Bool) async {
        await withCheckedContinuation { continuation in
            note { $0.watchers.append((isReady, continuation)) }
        }
    }

    package func answer(_ request: Call, in session: Session) -> Outcome {
        note { $0.calls.append(request.method) }
        switch request.method {
        case "ping": return .result(.empty)
        case "echo": return .result(request.parameters.value.map { Reply($0) } ?? .null)
        case "hold":
            return .later { [gate] in
                try await gate.passUnlessCancelled()
                return self.heldReply
            }
        case "pay":
            return .later(
                { [gate] in
                    try await gate.passUnlessCancelled()
                    return self.heldReply
                },
                effect: "It may be paid."
            )
        case "insist":
            return .later { [gate] in
                await gate.pass()
                return self.heldReply
            }
        case "keep", "lose":
            let fails = request.method == "lose"
            return .later(
                { [gate] in
                    self.note { $0.orders += 1 }
                    await gate.pass()
                    return self.heldReply
                },
                onCancel: { [settling] in
                    await settling.pass()
                    if fails { throw RPCError(code: 500, message: "it stays", kind: "serverError", retryable: false) }
                }
            )
        case "ask": return .later { Reply(try await session.request("question")) }
        case "late": return .later { .empty }
        case "order":
            return .later {
                self.note { $0.orders += 1 }
                return .empty
            }
        case "large":
            let count = request.parameters["bytes", 0]?.integer ?? 0
            return .later { Reply(String(repeating: "x", count: Int(count))) }
        case "refuse": return .failure(RPCError(code: 404, message: "no such task", kind: "taskNotFound"))
        case "refuseLate":
            return .later { throw RPCError(code: 429, message: "slower", kind: "rateLimited", retryable: true) }
        case "break": return .later { throw Unforeseen() }
        case "shutdown":
            session.shutDown()
            return .result(.null)
        default: return SpecificationMethods.answer(request) ?? .failure(.methodNotFound(request.method))
        }
    }

    package func receive(_ notification: Call, in session: Session) {
        note { $0.calls.append(notification.method) }
        switch notification.method {
        case "exit": session.exit()
        case "open": gate.open()
        default: break
        }
    }

    private var heldReply: Reply {
        Reply("held") { delivery in
            self.note { state in
                switch delivery {
                case .held: state.held += 1
                case .queued: state.settlements.append(true)
                case .dropped: state.settlements.append(false)
                }
            }
        }
    }

    private func note(_ change: (inout State) -> Void) {
        let ready = state.withLock { state in
            change(&state)
            let watchers = state.watchers
            let ready = watchers.filter { $0.isReady(state) }
            if !ready.isEmpty { state.watchers = watchers.filter { !$0.isReady(state) } }
            return ready
        }
        for watcher in ready { watcher.continuation.resume() }
    }

    private struct Unforeseen: Error {}
}

/// The methods in the examples of JSON-RPC 2.0 §7.
private enum SpecificationMethods {
    static func answer(_ request: Call) -> Outcome? {
        let parameters = request.parameters
        switch request.method {
        case "subtract":
            guard let minuend = parameters["minuend", 0]?.integer, let subtrahend = parameters["subtrahend", 1]?.integer
            else { return .failure(.invalidParams("two integers are wanted", parameter: "minuend")) }
            return .result(Reply(minuend - subtrahend))
        case "sum": return .result(Reply((parameters.value?.elements ?? []).compactMap(\.integer).reduce(0, +)))
        case "get_data": return .result(Reply(GetData()))
        default: return nil
        }
    }

    private struct GetData: JSONEncodable {
        func encode(to writer: inout JSONWriter) {
            writer.array {
                $0.element("hello")
                $0.element(5)
            }
        }
    }
}
