import JSONRPC
import Jansson

enum Shutdown: BridgeMethod {
    static let name = "shutdown"
    static let summary = "Refuses every request from now on; `exit` ends the process."
    static var result: (name: String, schema: Schema) { ("nothing", .null) }

    static func answer(_: Arguments, _: CoverService, _ session: Session) -> Answer<EncodedJSON> {
        session.shutDown()
        return .now(.null)
    }
}
