import JSONRPC
import Jansson

enum Ping: BridgeMethod {
    static let name = "ping"
    static let summary = "Answers at once."
    static var result: (name: String, schema: Schema) { ("nothing", .anyObject) }

    static func answer(_: Arguments, _: CoverService, _: Session) -> Answer<EncodedJSON> { .now(.emptyObject) }
}
