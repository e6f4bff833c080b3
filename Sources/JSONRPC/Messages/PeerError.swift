public import Jansson

/// The error in the peer's answer to a request of this side.
public struct PeerError: Error, Sendable {
    /// The code of the error, for example -32601 for an unknown method.
    public let code: Int
    /// The text of the peer. The text can have any length, so it must be shortened before it is shown.
    public let message: String
    /// Further information, in a shape that the peer defines.
    public let data: JSONValue?

    /// - Parameter error: the member `error` of an answer.
    /// - Returns: nil if the member is not an object with an integer `code` and a string `message` (JSON-RPC 2.0 §5.1).
    init?(_ error: JSONValue) {
        guard let code = error["code"]?.integer, let message = error["message"]?.string else { return nil }
        self.code = Int(code)
        self.message = message
        data = error["data"]
    }
}
