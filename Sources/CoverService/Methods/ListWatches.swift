import CoverModel
package import CoverWatch
package import JSONRPC
package import Jansson

package enum ListWatches: BridgeMethod {
    package static let name = "cover/watches"
    package static let summary = "The open watches, in the order of their ids' bytes."
    private static let limit = ParameterKey(
        "limit",
        "The largest number of watches; default all.",
        optional: .integer(Limits.pageSizes)
    )
    private static let after = ParameterKey(
        "after",
        "The id to continue after; it need not be watched.",
        optional: .taskId
    )
    package static let parameters = [limit.parameter, after.parameter]
    package static var result: (name: String, schema: Schema) {
        ("watches", .object([("watches", .array(of: .shape("Watch")))]))
    }

    package static func answer(
        _ arguments: Arguments,
        _ service: CoverService,
        _: Session
    ) throws(RPCError) -> Answer<WatchList> {
        let limit = try arguments[limit]
        return .now(WatchList(service.engine.watches(after: try arguments[after], limit: limit)))
    }
}

/// The result: `{watches: [Watch]}`
package struct WatchList: JSONEncodable, Sendable {
    package let watches: [Watch]

    init(_ watches: [Watch]) { self.watches = watches }

    package func encode(to writer: inout JSONWriter) { writer.object { $0.member("watches", watches) } }
}
