/// A value that is JSON text already. The writer copies it unchanged.
package struct EncodedJSON: JSONEncodable, Sendable {
    package let jsonBytes: [UInt8]

    /// - Parameter jsonBytes: one JSON value, in ASCII.
    package init(_ jsonBytes: [UInt8]) { self.jsonBytes = jsonBytes }

    package func encode(to writer: inout JSONWriter) { writer.raw(jsonBytes) }

    /// `{}`
    package static let emptyObject = EncodedJSON(Array("{}".utf8))
    /// `null`
    package static let null = EncodedJSON(Array("null".utf8))
}
