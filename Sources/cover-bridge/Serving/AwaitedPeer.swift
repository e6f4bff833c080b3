import CoverModel
import CoverService
import CoverWatch
import JSONRPC
import Jansson
import Synchronization

/// A frontend whose peer has not sent anything yet. Events wait until its first message has been read, and answered if
/// the answer needs no waiting. If a key may still come with `initialize`, queries wait for `initialize`, or for the
/// first other request.
final class AwaitedPeer: Frontend {
    private let frontend: any Frontend
    private let engine: WatchEngine
    private let hasSpoken = Atomic(false)
    private let isAtWork: Atomic<Bool>

    /// - Parameter bringsKey: whether a key may come with `initialize`.
    init(frontend: any Frontend, engine: WatchEngine, bringsKey: Bool) {
        self.frontend = frontend
        self.engine = engine
        isAtWork = Atomic(!bringsKey)
        engine.holdEmissions()
        if bringsKey { engine.holdQueries() }
    }

    func answer(_ request: Call, in session: Session) -> Outcome {
        let outcome = frontend.answer(request, in: session)
        // The key is set before the waiting queries continue.
        if request.method != "ping", !isAtWork.exchange(true, ordering: .relaxed) { engine.startQuerying() }
        guard !hasSpoken.exchange(true, ordering: .relaxed) else { return outcome }
        guard case .result(let reply) = outcome else {
            engine.startEmitting()
            return outcome
        }
        return .result(
            Reply(encoded: reply.result) { [engine] isSent in
                reply.settled?(isSent)
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
