import CoverAPI
import CoverModel
import CoverWatch
import JSONRPC
import Jansson

enum GetStats: BridgeMethod {
    static let name = "bridge/stats"
    static let summary = "Counters since the start, and current levels."
    static var result: (name: String, schema: Schema) { ("stats", .shape("Stats")) }

    static func answer(_: Arguments, _ service: CoverService, _ session: Session) -> Answer<Stats> {
        .now(Stats(service: service, session: session.statistics))
    }
}

struct Stats: JSONEncodable {
    fileprivate let service: CoverService
    fileprivate let session: Session.Statistics

    func encode(to writer: inout JSONWriter) {
        writer.object {
            $0.member("uptime", (service.timeline.now - service.startedAt).inSeconds)
            $0.member("session") {
                $0.object {
                    $0.member("requests", session.requests)
                    $0.member("notifications", session.notifications)
                    $0.member("errors", session.errors)
                    $0.member("inFlight", session.inFlight)
                    $0.member("queuedBytes", session.queuedBytes)
                }
            }
            $0.member("client", service.client.statistics)
            $0.member("watch", service.engine.statistics)
            $0.member("journal", service.journal.info)
            $0.member("health", service.engine.health)
            if var fleet = service.client.fleetStatistics {
                fleet.queriesSaved += service.engine.statistics.saved
                $0.member("fleet", fleet)
            }
        }
    }
}
