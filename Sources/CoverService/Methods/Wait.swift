import CoverModel
import CoverWatch
import JSONRPC

enum Wait: BridgeMethod {
    static let name = "cover/wait"
    static let summary = "Answers when the task is final. `waitTimeout` says nothing of the task, which goes on."
    static var parameters: [Parameter] { [.taskId, .timeout] }
    static var result: (name: String, schema: Schema) { ("status", .shape("CoverStatus")) }

    static func answer(_ arguments: Arguments, _ service: CoverService, _: Session) throws(RPCError) -> Outcome {
        let taskId = try arguments.taskId()
        let timeout = try arguments.timeout()
        return service.later { Reply(try await service.engine.wait(for: taskId, timeout: timeout)) }
    }
}
