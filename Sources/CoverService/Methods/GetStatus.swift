import CoverAPI
package import CoverModel
import CoverWatch
package import JSONRPC

package enum GetStatus: BridgeMethod {
    package static let name = "cover/status"
    package static let summary = "Queries the status of a cover task; passing faults are retried."
    private static let maxAge = ParameterKey(
        "maxAge",
        "The largest age in seconds of an answer from memory; default 0.",
        .seconds(Limits.ages).described(by: .number(from: Limits.ages.lowerBound)),
        default: .zero
    )
    private static let includeRecord = ParameterKey(
        "includeRecord",
        "Whether to include the API's own record; default false.",
        .boolean,
        default: false
    )
    package static let parameters = [ParameterKey.taskId.parameter, maxAge.parameter, includeRecord.parameter]
    package static var result: (name: String, schema: Schema) { ("status", .shape("CoverStatus")) }

    package static func answer(
        _ arguments: Arguments,
        _ service: CoverService,
        _: Session
    ) throws(RPCError) -> Answer<CoverStatus> {
        let taskId = try arguments[.taskId]
        let maxAge = try arguments[maxAge]
        return answer(taskId, maxAge: maxAge, includeRecord: try arguments[includeRecord], service)
    }

    /// Queries the status of a task. If the task is watched, the query counts as a poll of the watch. The watch emits a
    /// change after the answer.
    package static func answer(
        _ taskId: TaskID,
        maxAge: Duration,
        includeRecord: Bool = false,
        _ service: CoverService
    ) -> Answer<CoverStatus> {
        let directQuery = service.engine.beginDirectQuery(of: taskId)
        return .later {
            try await service.client.status(of: taskId, maxAge: maxAge, includeRecord: includeRecord)
        } onDelivery: { _ in
            // In a batch, this is before the answer. Another member may wait for the status that the query has read.
            directQuery.close()
        }
    }
}
