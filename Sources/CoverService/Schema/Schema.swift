package import Jansson

/// A JSON Schema (draft 7, as in OpenRPC), with the parts that the protocol needs.
package struct Schema: Sendable, JSONEncodable {
    private var members: [(name: String, value: any JSONEncodable & Sendable)]

    private init(_ members: [(name: String, value: any JSONEncodable & Sendable)]) {
        self.members = members
    }

    package func encode(to writer: inout JSONWriter) {
        writer.object { for (name, value) in members { $0.member(name, value) } }
    }

    /// The same schema with a description.
    func described(_ text: String) -> Schema { Schema(members + [("description", text)]) }

    /// The schema of a value that matches this schema or is null.
    var orNull: Schema { Schema([("anyOf", [self, Schema([("type", "null")])])]) }

    static let null = Schema([("type", "null")])
    static let boolean = Schema([("type", "boolean")])
    static let number = Schema([("type", "number")])
    static let string = Schema([("type", "string")])
    static let anything = Schema([])
    static let anyObject = Schema([("type", "object")])

    static func string(lengths: ClosedRange<Int>) -> Schema {
        Schema([("type", "string"), ("minLength", lengths.lowerBound), ("maxLength", lengths.upperBound)])
    }

    static func string(format: String) -> Schema { Schema([("type", "string"), ("format", format)]) }

    static func oneOf(words: [String]) -> Schema { Schema([("type", "string"), ("enum", words)]) }

    static func integer(from minimum: Int, to maximum: Int? = nil) -> Schema {
        Schema([("type", "integer"), ("minimum", minimum)] + (maximum.map { [("maximum", $0)] } ?? []))
    }

    static let integer = Schema([("type", "integer")])

    static func number(from minimum: Double, to maximum: Double? = nil) -> Schema {
        Schema([("type", "number"), ("minimum", minimum)] + (maximum.map { [("maximum", $0)] } ?? []))
    }

    static func number(above minimum: Double, to maximum: Double) -> Schema {
        Schema([("type", "number"), ("exclusiveMinimum", minimum), ("maximum", maximum)])
    }

    static func array(of items: Schema, counts: ClosedRange<Int>? = nil) -> Schema {
        let bounds: [(String, any JSONEncodable & Sendable)] =
            counts.map { [("minItems", $0.lowerBound), ("maxItems", $0.upperBound)] } ?? []
        return Schema([("type", "array"), ("items", items)] + bounds)
    }

    static func either(_ schemas: Schema...) -> Schema { Schema([("anyOf", schemas)]) }

    /// A reference to a shape of the protocol.
    static func shape(_ name: String) -> Schema { Schema([("$ref", "#/components/schemas/\(name)")]) }

    /// An object with these members. `members` are required, and `optional` are not.
    static func object(_ members: [(String, Schema)], optional: [(String, Schema)] = []) -> Schema {
        Schema([
            ("type", "object"), ("properties", Schema((members + optional).map { ($0.0, $0.1) })),
            ("required", members.map(\.0)),
        ])
    }
}
