import CoverService
import Jansson

/// A schema of the method table in which each `$ref` is replaced by the schema that it refers to. Some hosts do not
/// follow references.
struct InlinedSchema: JSONEncodable {
    private static let prefix = "#/components/schemas/"
    private static let shapes: [String: JSONValue] = Dictionary(
        uniqueKeysWithValues: Shapes.all.compactMap { shape in
            (try? JSONValue(parsing: shape.schema.jsonBytes)).map { (shape.name, $0) }
        }
    )

    private let schema: JSONValue?

    init(_ schema: Schema) { self.schema = try? JSONValue(parsing: schema.jsonBytes) }

    func encode(to writer: inout JSONWriter) {
        if let schema { Self.encode(schema, to: &writer) } else { writer.object { _ in } }
    }

    /// Writes the members of an object schema, with references resolved.
    func encodeMembers(to object: inout JSONWriter, except name: String) {
        guard let schema else { return }
        for (member, value) in Self.resolved(schema).members ?? [] where member != name {
            object.member(member) { Self.encode(value, to: &$0) }
        }
    }

    private static func encode(_ value: JSONValue, to writer: inout JSONWriter) {
        switch value.kind {
        case .object:
            writer.object {
                for (name, member) in resolved(value).members ?? [] {
                    $0.member(name) { encode(member, to: &$0) }
                }
            }
        case .array:
            writer.array { for element in value.elements ?? [] { $0.element(Encoded(value: element)) } }
        default: writer.value(value)
        }
    }

    private static func resolved(_ value: JSONValue) -> JSONValue {
        guard let reference = value["$ref"]?.string, reference.hasPrefix(prefix) else { return value }
        return shapes[String(reference.dropFirst(prefix.count))] ?? value
    }

    private struct Encoded: JSONEncodable {
        let value: JSONValue

        func encode(to writer: inout JSONWriter) { InlinedSchema.encode(value, to: &writer) }
    }
}

/// The parameters of a method as the schema of one object.
struct InputSchema: JSONEncodable {
    let parameters: [Parameter]
    let tool: Tool

    func encode(to writer: inout JSONWriter) {
        let shown = tool.shown(of: parameters)
        writer.object {
            $0.member("type", "object")
            $0.member("properties") {
                $0.object { for parameter in shown { $0.member(parameter.name) { property(parameter, &$0) } } }
            }
            let required = shown.filter(\.isRequired).map(\.name)
            if !required.isEmpty { $0.member("required", required) }
            $0.member("additionalProperties", false)
        }
    }

    private func property(_ parameter: Parameter, _ writer: inout JSONWriter) {
        writer.object {
            InlinedSchema(parameter.schema).encodeMembers(to: &$0, except: "description")
            $0.member("description", parameter.summary)
            if let value = tool.defaults[parameter.name] { $0.member("default", value) }
        }
    }
}
