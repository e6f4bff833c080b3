import JSONRPC

enum Discover: BridgeMethod {
    static let name = "rpc.discover"
    static let summary = "This document."
    static var result: (name: String, schema: Schema) { ("document", .anyObject) }

    private static let document = Reply(OpenRPCDocument())

    static func answer(_: Arguments, _: CoverService, _: Session) -> Outcome { .result(document) }
}
