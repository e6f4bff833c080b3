import CoverAPI
import CoverModel
import JSONRPC
import Jansson

enum Generate: BridgeMethod {
    static let name = "cover/generate"
    static let summary =
        "Has a cover made for a music task. One that has a cover already is told its id, and costs nothing."
    static var parameters: [Parameter] {
        [
            Parameter("taskId", "The music task.", .shape("TaskId"), isRequired: true),
            Parameter("callbackUrl", "Where the API announces the end; the API asks for one.", .string),
        ]
    }
    static var result: (name: String, schema: Schema) { ("generation", .shape("Generation")) }

    static func answer(_ arguments: Arguments, _ service: CoverService, _: Session) throws(RPCError) -> Outcome {
        let taskId = try arguments.taskId()
        let callbackUrl = try arguments.string("callbackUrl")
        if let callbackUrl, !CallbackURL.isValid(callbackUrl) {
            let message = "the parameter \"callbackUrl\" must be an absolute http or https URL"
            throw .invalidParams(message, parameter: "callbackUrl")
        }
        return service.later { Reply(try await service.client.generate(from: taskId, callbackUrl: callbackUrl)) }
    }
}
