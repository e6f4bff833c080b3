package import CoverAPI
import CoverModel
package import JSONRPC
import Jansson

package enum Generate: BridgeMethod {
    package static let name = "cover/generate"
    package static let summary =
        "Orders a cover for a music task. If the task has a cover already, its id is returned at no cost."
    private static let musicTaskId = ParameterKey("taskId", "The music task.", .taskId)
    private static let callbackUrl = ParameterKey(
        "callbackUrl",
        "Where the API announces the end; the API requires one.",
        optional: .string.checked("must be an absolute http or https URL", CallbackURL.isValid)
    )
    package static let parameters = [musicTaskId.parameter, callbackUrl.parameter]
    package static var result: (name: String, schema: Schema) { ("generation", .shape("Generation")) }

    package static func answer(
        _ arguments: Arguments,
        _ service: CoverService,
        _: Session
    ) throws(RPCError) -> Answer<Generation> {
        let musicTaskId = try arguments[musicTaskId]
        let callbackUrl = try arguments[callbackUrl]
        return .later(
            { try await service.client.generate(from: musicTaskId, callbackUrl: callbackUrl) },
            effect: CoverClient.openOrder(musicTaskId)
        )
    }
}
