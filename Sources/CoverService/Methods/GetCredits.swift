import CoverAPI
import CoverModel
package import JSONRPC
package import Jansson

package enum GetCredits: BridgeMethod {
    package static let name = "account/credits"
    package static let summary = "The remaining credits of the account."
    package static var result: (name: String, schema: Schema) { ("credits", .object([("credits", .number)])) }

    /// The result: `{credits: number}`
    package struct Credits: JSONEncodable, Sendable {
        package let credits: Double

        package func encode(to writer: inout JSONWriter) { writer.object { $0.member("credits", credits) } }
    }

    package static func answer(_: Arguments, _ service: CoverService, _: Session) -> Answer<Credits> {
        .later { Credits(credits: try await service.client.credits()) }
    }
}
