import Jansson

/// How much the client wants to see of the server's work (LSP 3.17, `TraceValue`).
enum TraceLevel: String, Sendable {
    case off, messages, verbose

    /// nil for an unknown level.
    init?(_ json: JSONValue?) {
        guard let level = json?.string.flatMap(Self.init(rawValue:)) else { return nil }
        self = level
    }
}
