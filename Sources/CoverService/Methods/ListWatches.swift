import CoverWatch
import JSONRPC
import Jansson

enum ListWatches: BridgeMethod {
    static let name = "cover/watches"
    static let summary = "The watches that are not over."
    static var result: (name: String, schema: Schema) {
        ("watches", .object([("watches", .array(of: .shape("Watch")))]))
    }

    static func answer(_: Arguments, _ service: CoverService, _: Session) -> Outcome {
        .result(Reply(WatchList(service.engine.watches())))
    }
}

/// `{watches: [Watch]}`
struct WatchList: JSONEncodable {
    private let watches: [Watch]

    init(_ watches: [Watch]) { self.watches = watches }

    func encode(to writer: inout JSONWriter) { writer.object { $0.member("watches", watches) } }
}
