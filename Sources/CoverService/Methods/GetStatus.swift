import CoverAPI
import CoverModel
import CoverWatch
import JSONRPC

enum GetStatus: BridgeMethod {
    static let name = "cover/status"
    static let summary = "Asks once how a cover task stands; faults that pass are tried again."
    static var parameters: [Parameter] {
        [
            .taskId,
            Parameter("maxAge", "How many seconds old an answer from memory may be; default 0.", .number(from: 0)),
            Parameter("includeRecord", "Whether the API's own record comes along; default false.", .boolean),
        ]
    }
    static var result: (name: String, schema: Schema) { ("status", .shape("CoverStatus")) }

    static func answer(_ arguments: Arguments, _ service: CoverService, _: Session) throws(RPCError) -> Outcome {
        let taskId = try arguments.taskId()
        let maxAge = try arguments.seconds("maxAge", in: 0...86_400 * 365) ?? .zero
        let includeRecord = try arguments.bool("includeRecord") ?? false
        // It counts as a look of the watches, which say what it shows after the answer.
        let inquiry = service.engine.inquire(about: taskId)
        return service.later {
            let status = try await service.client.status(of: taskId, maxAge: maxAge, includeRecord: includeRecord)
            return Reply(status) { _ in inquiry.close() }
        }
    }
}
