import CoverModel
import CoverWatch
import JSONRPC
import Jansson

enum Sync: BridgeMethod {
    static let name = "cover/sync"
    static let summary = "Answers after every notification that was due when it arrived."
    static var result: (name: String, schema: Schema) {
        ("position", .object([("lastSequence", .integer(from: 0))]))
    }

    struct Position: JSONEncodable {
        let lastSequence: Int64

        func encode(to writer: inout JSONWriter) { writer.object { $0.member("lastSequence", lastSequence) } }
    }

    static func answer(_: Arguments, _ service: CoverService, _: Session) -> Answer<Position> {
        .later { Position(lastSequence: try await service.engine.sync()) }
    }
}
