package import CoverWatch
package import JSONRPC
package import Jansson

/// The form in which a peer sees the service. It answers the calls of the peer, and sends the events of the watches.
package protocol Frontend: SessionHandler {
    /// Sends an event to the peer. `json` contains the parameters of its notification. The engine calls this for one
    /// event after the other.
    func emit(_ event: WatchEvent, _ json: EncodedJSON, to session: Session)
}
