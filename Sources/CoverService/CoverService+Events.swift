package import CoverWatch
package import JSONRPC
package import Jansson

extension CoverService {
    package func tell(_ event: WatchEvent, _ json: EncodedJSON, to session: Session) {
        Self.tell(event, json, to: session)
    }

    /// Sends what the watch engine emits to a peer.
    package static func tell(_ event: WatchEvent, _ json: EncodedJSON, to session: Session) {
        let method =
            switch event {
            case .changed: StatusChanged.name
            case .ended: WatchEnded.name
            case .healthChanged: HealthChanged.name
            }
        session.notify(method, json)
    }
}
