/// An answer of the server, in version 2 of its protocol.
package enum Reply: Sendable, Hashable {
    case bytes([UInt8])
    /// A short text, such as `OK`.
    case status(String)
    /// An error of the server: a code in capital letters and a text.
    case error(String)
    case integer(Int64)
    case null
    case array([Reply])
}

extension Reply {
    /// The bytes or the status as text; nil for the other kinds.
    package var text: String? {
        switch self {
        case .bytes(let bytes): String(decoding: bytes, as: UTF8.self)
        case .status(let text): text
        case .error, .integer, .null, .array: nil
        }
    }
}
