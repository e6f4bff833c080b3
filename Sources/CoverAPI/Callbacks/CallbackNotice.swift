package import CoverModel
package import Jansson

/// The content of a POST to the `callBackUrl`: which task it is about, and its signature. The body is not signed, so
/// nothing else in it is trusted; the client reads the record instead.
package struct CallbackNotice: Sendable {
    package let taskId: TaskID
    /// `X-Webhook-Timestamp`, in seconds since 1970.
    package let timestamp: String?
    /// `X-Webhook-Signature`: base64(HMAC-SHA256(webhook key, taskId + "." + timestamp)).
    package let signature: String?

    /// The names that the member with the id can have, in order of preference. The vendor's sample reads `task_id`,
    /// which callbacks for covers do not have.
    private static let names = ["taskId", "task_id"]

    /// - Parameters:
    ///   - body: the body, as a JSON object or as a string that contains the text of the object.
    ///   - timestamp: the header `X-Webhook-Timestamp`.
    ///   - signature: the header `X-Webhook-Signature`.
    /// - Throws: `badRequest` if the body is not JSON or names no task.
    package init(body: JSONValue?, timestamp: String?, signature: String?) throws(CoverError) {
        guard let object = body?.unwrapped, object.members != nil else {
            throw CoverError(.badRequest, "The body of the callback is no JSON object. Pass on the unchanged body.")
        }
        let places = [object["data"]?.unwrapped, object].compactMap(\.self)
        let values = places.flatMap { place in Self.names.compactMap { place[$0] } }.filter { !$0.isBlank }
        guard let taskId = values.first.flatMap(Self.id), taskId.isValid else {
            throw CoverError(.badRequest, "The body of the callback names no task, in data.taskId or elsewhere.")
        }
        self.taskId = taskId
        self.timestamp = timestamp.map { String(Substring($0).trimmed) }
        self.signature = signature.map { String(Substring($0).trimmed) }
    }

    /// The id with its exact bytes, because these bytes are signed.
    private static func id(_ value: JSONValue) -> TaskID? {
        (value.string ?? value.integer.map { String($0) }).map { TaskID($0) }
    }

    /// How far the timestamp may be from this machine's clock, in seconds. It limits how long a stolen callback can be
    /// sent again.
    private static let tolerance: Int64 = 300

    /// - Throws: `badSignature` if the headers are missing or the timestamp is too old.
    func check(now: Timestamp) throws(CoverError) {
        guard let timestamp, let signature, !signature.isEmpty else {
            throw badSignature("The callback lacks X-Webhook-Timestamp or X-Webhook-Signature. Pass both headers on.")
        }
        guard let seconds = Int64(timestamp), timestamp.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 })
        else {
            throw badSignature("The callback's X-Webhook-Timestamp is no number of seconds.")
        }
        let time = now.milliseconds / 1000
        guard time - Self.tolerance...time + Self.tolerance ~= seconds else {
            throw badSignature(
                "The callback's timestamp is more than 5 minutes off. Check this machine's clock; old callbacks are refused."
            )
        }
    }

    func isSigned(with key: APIKey) -> Bool {
        guard let timestamp, let signature else { return false }
        return key.signs(taskId.text + "." + timestamp, as: signature)
    }

    func badSignature(_ message: String) -> CoverError { CoverError(.badSignature, message, taskId: taskId) }
}
