import Jansson

/// How detailed a trace of the server's work the client wants (LSP 3.17, `TraceValue`).
enum TraceLevel: String, Sendable {
    case off, messages, verbose

    /// Reads a level. The result is nil for an unknown level.
    init?(_ json: JSONValue?) {
        guard let level = json?.string.flatMap(Self.init(rawValue:)) else { return nil }
        self = level
    }
}
