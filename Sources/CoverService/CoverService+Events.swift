package import CoverWatch
package import JSONRPC
package import Jansson

extension CoverService {
    package func emit(_ event: WatchEvent, _ json: EncodedJSON, to session: Session) {
        Self.emit(event, json, to: session)
    }

    /// Sends an event of the watch engine to a peer.
    package static func emit(_ event: WatchEvent, _ json: EncodedJSON, to session: Session) {
        let method =
            switch event {
            case .changed: StatusChangedNotification.name
            case .ended: WatchEndedNotification.name
            case .healthChanged: HealthChangedNotification.name
            }
        session.notify(method, json)
    }
}
