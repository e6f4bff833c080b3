import Jansson

/// The URI of a resource as a host wrote it. Two URIs are equal if their bytes are equal. `String` could treat the URIs
/// of two different tasks as equal.
struct ResourceURI: Hashable, Comparable, Sendable, JSONEncodable, ExpressibleByStringLiteral {
    private let bytes: [UInt8]

    init(_ text: String) { bytes = Array(text.utf8) }

    init(stringLiteral text: String) { self.init(text) }

    var text: String { String(decoding: bytes, as: UTF8.self) }

    static func < (left: ResourceURI, right: ResourceURI) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }

    func encode(to writer: inout JSONWriter) { text.encode(to: &writer) }
}
