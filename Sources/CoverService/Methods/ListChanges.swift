import CoverModel
package import CoverWatch
package import JSONRPC
package import Jansson

package enum ListChanges: BridgeMethod {
    package static let name = "cover/changes"
    package static let summary = "The changes after a sequence number, oldest first, for a client that missed some."
    private static let after = ParameterKey(
        "after",
        "The last sequence number that the client has; default 0.",
        .integer(from: 0),
        default: 0
    )
    private static let limit = ParameterKey(
        "limit",
        "The largest number of changes; default \(Limits.pageSize).",
        .integer(Limits.pageSizes),
        default: Limits.pageSize
    )
    package static let parameters = [after.parameter, limit.parameter]
    package static var result: (name: String, schema: Schema) {
        (
            "page",
            .object([
                ("changes", .array(of: .either(.shape("StatusChange"), .shape("WatchEnded")))),
                ("lastSequence", .integer(from: 0)), ("more", .boolean),
            ])
        )
    }

    package static func answer(
        _ arguments: Arguments,
        _ service: CoverService,
        _: Session
    ) throws(RPCError) -> Answer<ChangePage> {
        let after = try arguments[after]
        let limit = try arguments[limit]
        return .later { try await service.engine.changes(after: Int64(after), limit: limit) }
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
