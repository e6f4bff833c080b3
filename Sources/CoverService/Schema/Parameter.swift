package import Jansson

/// A parameter of a method: its name, its meaning, and its schema.
package struct Parameter: Sendable {
    package let name: String
    package let summary: String
    package let schema: Schema
    package let isRequired: Bool

    init(_ name: String, _ summary: String, _ schema: Schema, isRequired: Bool = false) {
        self.name = name
        self.summary = summary
        self.schema = schema
        self.isRequired = isRequired
    }
}

/// Writes a content descriptor of OpenRPC.
extension Parameter: JSONEncodable {
    package func encode(to writer: inout JSONWriter) {
        writer.object {
            $0.member("name", name)
            $0.member("summary", summary)
            if isRequired { $0.member("required", true) }
            $0.member("schema", schema)
        }
    }
}
