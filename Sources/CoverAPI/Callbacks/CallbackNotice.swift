package import CoverModel
package import Jansson

/// What a POST to the `callBackUrl` brought: which task it is about, and what is to prove it. The body is not signed, so nothing else in
/// it is believed: the record is read instead.
package struct CallbackNotice: Sendable {
    package let taskId: TaskID
    /// `X-Webhook-Timestamp`, in seconds since 1970.
    package let timestamp: String?
    /// `X-Webhook-Signature`: base64(HMAC-SHA256(webhook key, taskId + "." + timestamp)).
    package let signature: String?

    /// Where the id stands, in the order of belief: the vendor's sample reads `task_id`, which cover callbacks lack.
    private static let names = ["taskId", "task_id"]

    /// - Parameter body: an object, or its text as it came.
    /// - Throws: `badRequest` for a body that is not JSON, or that names no task.
    package init(body: JSONValue?, timestamp: String?, signature: String?) throws(CoverError) {
        guard let object = body?.unwrapped, object.members != nil else {
            throw CoverError(.badRequest, "The body of the callback is no JSON object. Pass it on as it came.")
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

    /// The id with its bytes as they came, since it is what is signed.
    private static func id(_ value: JSONValue) -> TaskID? {
        (value.string ?? value.integer.map { String($0) }).map { TaskID($0) }
    }

    /// How far the timestamp may be from this machine's clock, in seconds. It bounds how long a callback that was overheard can be repeated.
    private static let tolerance: Int64 = 300

    /// - Throws: `badSignature` where the headers are missing or the timestamp is too old.
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
