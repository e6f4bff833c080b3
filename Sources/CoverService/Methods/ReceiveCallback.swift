import CoverAPI
import CoverModel
import CoverWatch
import JSONRPC
import Jansson

enum ReceiveCallback: BridgeMethod {
    static let name = "cover/callback"
    static let summary =
        "Takes what the API POSTed to a callback URL, reads the task's record, and has its watch hear of it at once."
    static var parameters: [Parameter] {
        [
            Parameter(
                "body",
                "The body as it came: its text, or the object.",
                .either(.string, .anyObject),
                isRequired: true
            ),
            Parameter("timestamp", "The header X-Webhook-Timestamp.", .either(.string, .integer)),
            Parameter("signature", "The header X-Webhook-Signature.", .string),
        ]
    }
    static var result: (name: String, schema: Schema) { ("callback", .shape("Callback")) }

    static func answer(_ arguments: Arguments, _ service: CoverService, _: Session) throws(RPCError) -> Outcome {
        let body = try arguments.value("body")
        let timestamp = try timestamp(arguments)
        let signature = try arguments.string("signature")
        let notice: CallbackNotice
        do throws(CoverError) {
            notice = try CallbackNotice(body: body, timestamp: timestamp, signature: signature)
        } catch {
            throw .invalidParams(error.message, parameter: "body")
        }
        return service.later {
            let isVerified = try await service.client.verify(notice)
            guard isVerified || service.engine.isWatched(notice.taskId) else {
                throw CoverError.stranger(notice.taskId)
            }
            let status = try await service.client.status(announcedBy: notice, isVerified: isVerified)
            return Reply(Answer(isVerified: isVerified, status: status))
        }
    }

    /// As it stands in the header, or as a number.
    private static func timestamp(_ arguments: Arguments) throws(RPCError) -> String? {
        if let seconds = try arguments.value("timestamp")?.integer { return String(seconds) }
        return try arguments.string("timestamp")
    }

    private struct Answer: JSONEncodable, Sendable {
        let isVerified: Bool
        let status: CoverStatus

        func encode(to writer: inout JSONWriter) {
            writer.object {
                $0.member("taskId", status.taskId)
                $0.member("verified", isVerified ? true : nil)
                $0.member("status", status)
            }
        }
    }
}

extension CoverError {
    /// Without a key anybody may send a callback: for a task that no watch is about it must cost nothing.
    fileprivate static func stranger(_ taskId: TaskID) -> CoverError {
        CoverError(
            .taskNotFound,
            "No watch is about this task, and there is no webhook key that would prove the callback. Watch the task first, or give --webhook-key-file FILE.",
            taskId: taskId
        )
    }
}
