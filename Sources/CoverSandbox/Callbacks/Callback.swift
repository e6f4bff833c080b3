import Crypto
import Jansson

/// The POST request that announces the end of a cover, in the format of the API. The signature covers the id and the
/// time, but not the body.
struct Callback: Sendable {
    let taskID: String
    /// The addresses of the images; nil for a failed cover.
    let images: [String]?
    let address: String
    let announcement: CoverOrder.Announcement

    /// How many times a callback is sent if the receiver does not answer with 2xx.
    static let tries = 3

    /// The body: `{"code": 200, "msg": …, "data": {"taskId": …, "images": […]}}`. For a failed cover, the code is 501
    /// and `images` is null.
    var body: [UInt8] {
        APIBody(
            code: images == nil ? 501 : 200,
            message: images == nil ? SandboxDocument.failureMessage : "success",
            data: Payload(taskID: taskID, images: images)
        ).jsonBytes
    }

    private struct Payload: JSONEncodable {
        let taskID: String
        let images: [String]?

        func encode(to writer: inout JSONWriter) {
            writer.object {
                $0.member("taskId", taskID)
                $0.member("images", images)
            }
        }
    }

    /// The headers of the signature; none for an account without a webhook key.
    ///
    /// - Parameters:
    ///   - key: the webhook key.
    ///   - now: seconds since 1970.
    func signature(key: [UInt8]?, now: Int64) -> [(name: String, value: String)] {
        guard let key else { return [] }
        let timestamp = String(announcement == .stale ? now - 600 : now)
        let signing = SymmetricKey(data: announcement == .forged ? key + [0x21] : key)
        let code = HMAC<SHA256>.authenticationCode(for: Array((taskID + "." + timestamp).utf8), using: signing)
        return [("X-Webhook-Timestamp", timestamp), ("X-Webhook-Signature", Self.base64(Array(code)))]
    }

    /// Base64 (RFC 4648 §4). The sandbox has its own implementation. So tests with the sandbox find errors in the
    /// bridge's implementation.
    private static func base64(_ bytes: [UInt8]) -> String {
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        let bits = bytes.flatMap { byte in (0..<8).map { byte >> (7 - $0) & 1 } }
        let text = stride(from: 0, to: bits.count, by: 6).map { start in
            digits[(start..<start + 6).reduce(0) { $0 << 1 | Int($1 < bits.count ? bits[$1] : 0) }]
        }
        return String(text) + String(repeating: "=", count: (3 - bytes.count % 3) % 3)
    }
}
