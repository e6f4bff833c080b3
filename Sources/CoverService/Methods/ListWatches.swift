import CoverModel
import CoverWatch
import JSONRPC
import Jansson

enum ListWatches: BridgeMethod {
    static let name = "cover/watches"
    static let summary = "The watches that are not over, in the order of their ids' bytes."
    static var parameters: [Parameter] {
        [
            Parameter("limit", "How many at most; default all.", .integer(from: 1, to: 1000)),
            Parameter("after", "The id to go on after, watched or not.", .shape("TaskId")),
        ]
    }
    static var result: (name: String, schema: Schema) {
        ("watches", .object([("watches", .array(of: .shape("Watch")))]))
    }

    static func answer(_ arguments: Arguments, _ service: CoverService, _: Session) throws(RPCError) -> Outcome {
        let limit = try arguments.integer("limit", in: 1...1000).map(Int.init)
        let after = try arguments.value("after") == nil ? nil : arguments.taskId("after")
        return .result(Reply(WatchList(service.engine.watches(after: after, limit: limit))))
    }
}

/// `{watches: [Watch]}`
struct WatchList: JSONEncodable {
    private let watches: [Watch]

    init(_ watches: [Watch]) { self.watches = watches }

    func encode(to writer: inout JSONWriter) { writer.object { $0.member("watches", watches) } }
}
