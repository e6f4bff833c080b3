package import CoverWatch
package import JSONRPC

/// What a peer sees of the service: it answers the peer's calls, and tells it what the watches bring.
package protocol Face: SessionHandler {
    /// Called with one event after another, from one place.
    func tell(_ event: WatchEvent, to session: Session)
}
