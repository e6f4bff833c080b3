import JSONRPC
import Jansson

enum Discover: BridgeMethod {
    static let name = "rpc.discover"
    static let summary = "This document."
    static var result: (name: String, schema: Schema) { ("document", .anyObject) }

    private static let document = EncodedJSON(OpenRPCDocument().jsonBytes)

    static func answer(_: Arguments, _: CoverService, _: Session) -> Answer<EncodedJSON> { .now(document) }
}
