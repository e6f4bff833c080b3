public import Jansson

/// The parameters of a call, by name or by position. What is `null` counts as absent.
public struct Parameters: Sendable {
    /// An object or an array, as it was sent; nil where there were none.
    public let value: JSONValue?
    /// The exact bytes of `_meta.progressToken`, where it is a string or a number and the protocol has one: a number may be one that
    /// parsing would change.
    package let progressToken: [UInt8]?

    package init(_ value: JSONValue?, progressToken: [UInt8]? = nil) {
        self.value = value
        self.progressToken = progressToken
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
