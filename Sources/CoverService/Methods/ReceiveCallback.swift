import CoverAPI
package import CoverModel
import CoverWatch
package import JSONRPC
package import Jansson

package enum ReceiveCallback: BridgeMethod {
    package static let name = "cover/callback"
    package static let summary =
        "Checks a callback of the API, reads the task's record, and updates its watch at once."
    private static let body = ParameterKey(
        "body",
        "The unchanged body: its text, or the object.",
        .value(.either(.string, .anyObject))
    )
    private static let timestamp = ParameterKey(
        "timestamp",
        "The header X-Webhook-Timestamp.",
        // The timestamp is the text of the header, or a number.
        optional: ParameterType<String>(.either(.string, .integer), "a string or a whole number") {
            $0.integer.map(String.init) ?? $0.string
        }
    )
    private static let signature = ParameterKey("signature", "The header X-Webhook-Signature.", optional: .string)
    package static let parameters = [body.parameter, timestamp.parameter, signature.parameter]
    package static var result: (name: String, schema: Schema) { ("callback", .shape("Callback")) }

    package static func answer(
        _ arguments: Arguments,
        _ service: CoverService,
        _: Session
    ) throws(RPCError) -> Answer<Receipt> {
        let body = try arguments[body]
        let timestamp = try arguments[timestamp]
        let signature = try arguments[signature]
        let notice: CallbackNotice
        do throws(CoverError) {
            notice = try CallbackNotice(body: body, timestamp: timestamp, signature: signature)
        } catch {
            throw .invalidParams(error.message, parameter: "body")
        }
        return .later {
            let isVerified = try await service.client.verify(notice)
            guard isVerified || service.engine.isWatched(notice.taskId) else {
                throw CoverError.stranger(notice.taskId)
            }
            let status = try await service.client.status(announcedBy: notice, isVerified: isVerified)
            return Receipt(isVerified: isVerified, status: status)
        }
    }

    /// The result: `{taskId, verified, status}`
    package struct Receipt: JSONEncodable, Sendable {
        package let isVerified: Bool
        package let status: CoverStatus

        package func encode(to writer: inout JSONWriter) {
            writer.object {
                $0.member("taskId", status.taskId)
                $0.member("verified", isVerified ? true : nil)
                $0.member("status", status)
            }
        }
    }
}

extension CoverError {
    /// The error for a callback about an unknown task, if there is no webhook key. Without a key, any sender could send
    /// a callback. So a callback for a task without a watch must cause no query.
    fileprivate static func stranger(_ taskId: TaskID) -> CoverError {
        CoverError(
            .taskNotFound,
            "No watch is about this task, and there is no webhook key that would prove the callback. Watch the task first, or give --webhook-key-file FILE.",
            taskId: taskId
        )
    }
}
