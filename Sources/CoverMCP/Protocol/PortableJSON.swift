import Jansson

/// A value for readers that hold every number as a double: integers beyond 2^53 are written as strings.
struct PortableJSON: JSONEncodable {
    private let value: JSONValue

    init(_ value: JSONValue) { self.value = value }

    func encode(to writer: inout JSONWriter) {
        switch value.kind {
        case .object:
            writer.object { for (name, member) in value.members ?? [] { $0.member(name, PortableJSON(member)) } }
        case .array:
            writer.array { for element in value.elements ?? [] { $0.element(PortableJSON(element)) } }
        case .integer:
            guard let integer = value.integer, integer.magnitude > 1 << 53 else { return writer.value(value) }
            writer.value(String(integer))
        default: writer.value(value)
        }
    }
}
