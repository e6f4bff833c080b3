internal import Jansson

/// The id of a request, in the very bytes in which it was sent.
///
/// Two ids are the same when a client would take them for the same: strings by their characters, however they are escaped; numbers
/// by their digits, so that `1` and `1.0` are two.
package struct RequestID: Hashable, Sendable {
    /// The JSON text of the id, to be echoed as it is.
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
