package import CoverModel
import CoverWatch
package import JSONRPC
package import Jansson

package enum StopWatch: BridgeMethod {
    package static let name = "cover/unwatch"
    package static let summary =
        "Ends watches without a notification. Ids that are not watched are left out of the answer."
    package static let parameters = [ParameterKey.taskIds.parameter]
    package static var result: (name: String, schema: Schema) {
        ("unwatched", .object([("unwatched", .array(of: .shape("TaskId")))]))
    }

    /// The result: `{unwatched: [TaskId]}`
    package struct Unwatched: JSONEncodable, Sendable {
        package let taskIds: [TaskID]

        package func encode(to writer: inout JSONWriter) { writer.object { $0.member("unwatched", taskIds) } }
    }

    package static func answer(
        _ arguments: Arguments,
        _ service: CoverService,
        _: Session
    ) throws(RPCError) -> Answer<Unwatched> {
        let taskIds = try arguments[.taskIds]
        let decision = try service.now { try service.engine.unwatch(taskIds) }
        return .later {
            Unwatched(taskIds: try await decision.settled())
        } onCancel: {
            // The watches have already ended. The answer waits until the journal has removed them, so that they cannot
            // come back.
            _ = try await decision.settled()
        }
    }
}
