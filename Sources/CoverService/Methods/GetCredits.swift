import CoverAPI
import CoverModel
import JSONRPC
import Jansson

enum GetCredits: BridgeMethod {
    static let name = "account/credits"
    static let summary = "What is left on the account."
    static var result: (name: String, schema: Schema) { ("credits", .object([("credits", .number)])) }

    private struct Credits: JSONEncodable {
        let credits: Double

        func encode(to writer: inout JSONWriter) { writer.object { $0.member("credits", credits) } }
    }

    static func answer(_: Arguments, _ service: CoverService, _: Session) -> Outcome {
        service.later { Reply(Credits(credits: try await service.client.credits())) }
    }
}
