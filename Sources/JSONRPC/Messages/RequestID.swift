internal import Jansson

/// The id of a request, kept as the exact bytes that the peer sent. A response echoes these bytes.
///
/// Two ids are equal if a client would treat them as equal. Two strings are equal if their characters are equal after
/// escapes are resolved. Two numbers are equal if their digits are equal, so `1` and `1.0` differ.
package struct RequestID: Hashable, Sendable {
    /// The JSON text of the id. Responses repeat it unchanged.
    package let bytes: [UInt8]
    private let canonical: [UInt8]

    package init(_ raw: UnsafeRawBufferPointer) {
        unsafe bytes = Array(raw)
        if bytes.contains(UInt8(ascii: "\\")), let text = try? JSONValue(parsing: bytes).string {
            canonical = [UInt8(ascii: "\"")] + Array(text.utf8) + [UInt8(ascii: "\"")]
        } else {
            canonical = bytes
        }
    }

    package static func == (left: RequestID, right: RequestID) -> Bool { left.canonical == right.canonical }

    package func hash(into hasher: inout Hasher) { hasher.combine(canonical) }
}
