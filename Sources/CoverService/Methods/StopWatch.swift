import CoverModel
import CoverWatch
import JSONRPC
import Jansson

enum StopWatch: BridgeMethod {
    static let name = "cover/unwatch"
    static let summary = "Ends watches without a word. Ids that are not watched are left out of the answer."
    static var parameters: [Parameter] { [.taskIds] }
    static var result: (name: String, schema: Schema) {
        ("unwatched", .object([("unwatched", .array(of: .shape("TaskId")))]))
    }

    private struct Unwatched: JSONEncodable {
        let taskIds: [TaskID]

        func encode(to writer: inout JSONWriter) { writer.object { $0.member("unwatched", taskIds) } }
    }

    static func answer(_ arguments: Arguments, _ service: CoverService, _: Session) throws(RPCError) -> Outcome {
        let taskIds = try arguments.taskIds()
        let decision = try service.now { try service.engine.unwatch(taskIds) }
        // Done is done: whatever the answer is, it comes when the journal has forgotten the watches.
        return service.later(onCancel: { _ = try await decision.settled() }) {
            Reply(Unwatched(taskIds: try await decision.settled()))
        }
    }
}
