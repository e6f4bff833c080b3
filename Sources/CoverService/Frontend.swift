package import CoverWatch
package import JSONRPC
package import Jansson

/// What a peer sees of the service: it answers the peer's calls, and tells it what the watches bring.
package protocol Frontend: SessionHandler {
    /// Called with one event after another and the parameters of its notification, from one place.
    func emit(_ event: WatchEvent, _ json: EncodedJSON, to session: Session)
}
