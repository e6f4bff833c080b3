import Jansson

/// How much of what the server does the client wants to see (LSP 3.17, `TraceValue`).
enum TraceLevel: String, Sendable {
    case off, messages, verbose

    /// nil for what is no level.
    init?(_ json: JSONValue?) {
        guard let level = json?.string.flatMap(Self.init(rawValue:)) else { return nil }
        self = level
    }
}
