public import Jansson

/// The parameters of a call, by name or by position. What is `null` counts as absent.
public struct Parameters: Sendable {
    /// An object or an array, as it was sent; nil where there were none.
    public let value: JSONValue?

    package init(_ value: JSONValue?) {
        self.value = value
    }

    /// The parameter of this name, or the one at this position where parameters were given in order.
    public subscript(name: String, position: Int) -> JSONValue? {
        guard let value else { return nil }
        let parameter: JSONValue? =
            switch value.kind {
            case .object: value[name]
            case .array: value.element(position)
            default: nil
            }
        return parameter?.isNull == true ? nil : parameter
    }
}
