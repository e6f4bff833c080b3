package import CoverWatch
package import JSONRPC

extension CoverService {
    package func tell(_ event: WatchEvent, to session: Session) { Self.tell(event, to: session) }

    /// Sends what the watch engine tells to a peer.
    package static func tell(_ event: WatchEvent, to session: Session) {
        switch event {
        case .changed(let change): session.notify(StatusChanged.name, change)
        case .ended(let end): session.notify(WatchEnded.name, end)
        case .healthChanged(let health): session.notify(HealthChanged.name, health)
        }
    }
}
