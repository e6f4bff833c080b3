import CoverModel
package import CoverWatch
import JSONRPC
package import Jansson

enum ListChanges: BridgeMethod {
    static let name = "cover/changes"
    static let summary = "What was told after a sequence number, oldest first: the way to catch up."
    static var parameters: [Parameter] {
        [
            Parameter("after", "The last sequence number that is known; default 0.", .integer(from: 0)),
            Parameter("limit", "How many at most; default 100.", .integer(from: 1, to: 1000)),
        ]
    }
    static var result: (name: String, schema: Schema) {
        (
            "page",
            .object([
                ("changes", .array(of: .either(.shape("StatusChange"), .shape("WatchEnded")))),
                ("lastSequence", .integer(from: 0)), ("more", .boolean),
            ])
        )
    }

    static func answer(_ arguments: Arguments, _ service: CoverService, _: Session) throws(RPCError) -> Outcome {
        let after = try arguments.integer("after", in: 0...Int64.max) ?? 0
        let limit = try arguments.integer("limit", in: 1...1000) ?? 100
        return service.later { Reply(try await service.engine.changes(after: after, limit: Int(limit))) }
    }
}

extension ChangePage: JSONEncodable {
    package func encode(to writer: inout JSONWriter) {
        writer.object {
            $0.member("changes", entries)
            $0.member("lastSequence", lastSequence)
            $0.member("more", more)
        }
    }
}
