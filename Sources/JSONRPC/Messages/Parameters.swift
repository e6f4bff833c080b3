public import Jansson

/// The parameters of a call, by name or by position. `null` counts as absent.
public struct Parameters: Sendable {
    /// An object or an array, as it was sent; nil if the call has none.
    public let value: JSONValue?
    /// The exact bytes of `progressToken`, or of `_meta.progressToken` in the Model Context Protocol, if its value is a
    /// string or a number. The exact bytes are kept, because parsing could change a number.
    package let progressToken: [UInt8]?

    package init(_ value: JSONValue?, progressToken: [UInt8]? = nil) {
        self.value = value
        self.progressToken = progressToken
    }

    /// The parameter with this name, or at this position if the parameters are an array. Nil if it is absent.
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
