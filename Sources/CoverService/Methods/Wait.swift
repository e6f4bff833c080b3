package import CoverModel
import CoverWatch
package import JSONRPC

package enum Wait: BridgeMethod {
    package static let name = "cover/wait"
    package static let summary =
        "Answers when the task is final. `waitTimeout` says nothing about the task, which continues."
    package static let parameters = [ParameterKey.taskId.parameter, ParameterKey.timeout.parameter]
    package static var result: (name: String, schema: Schema) { ("status", .shape("CoverStatus")) }

    package static func answer(
        _ arguments: Arguments,
        _ service: CoverService,
        _: Session
    ) throws(RPCError) -> Answer<CoverStatus> {
        let taskId = try arguments[.taskId]
        let timeout = try arguments[.timeout]
        return .later { try await service.engine.wait(for: taskId, timeout: timeout) }
    }
}
