import CoverModel
import CoverService
import CoverWatch
import JSONRPC
import Jansson
import Synchronization

/// A frontend that waits for the first message of its peer. Events wait until that message has been read. If the answer
/// to that message needs no waiting, events also wait until it was answered. If the peer may send a key in
/// `initialize`, queries wait for the first request other than `ping`.
final class AwaitedPeer: Frontend {
    private let frontend: any Frontend
    private let engine: WatchEngine
    private let hasSpoken = Atomic(false)
    private let isAtWork: Atomic<Bool>

    /// - Parameter bringsKey: whether the peer may send a key in `initialize`.
    init(frontend: any Frontend, engine: WatchEngine, bringsKey: Bool) {
        self.frontend = frontend
        self.engine = engine
        isAtWork = Atomic(!bringsKey)
        engine.holdEmissions()
        if bringsKey { engine.holdQueries() }
    }

    func answer(_ request: Call, in session: Session) -> Outcome {
        let outcome = frontend.answer(request, in: session)
        // The first request may set the key, so the waiting queries continue only after it was handled.
        if request.method != "ping", !isAtWork.exchange(true, ordering: .relaxed) { engine.startQuerying() }
        guard !hasSpoken.exchange(true, ordering: .relaxed) else { return outcome }
        guard case .result(let reply) = outcome else {
            engine.startEmitting()
            return outcome
        }
        return .result(
            Reply(encoded: reply.result) { [engine] delivery in
                reply.onDelivery?(delivery)
                // In a batch, events do not wait for the answer, because another member may wait for an event.
                engine.startEmitting()
            }
        )
    }

    func receive(_ notification: Call, in session: Session) {
        frontend.receive(notification, in: session)
        if !hasSpoken.exchange(true, ordering: .relaxed) { engine.startEmitting() }
    }

    func inputEnded(in session: Session) { frontend.inputEnded(in: session) }

    func emit(_ event: WatchEvent, _ json: EncodedJSON, to session: Session) {
        frontend.emit(event, json, to: session)
    }
}
