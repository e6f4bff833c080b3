/// How a peer takes a request back: protocols over JSON-RPC differ in it.
public enum Cancellation: Sendable {
    /// `$/cancelRequest {id}` of the Language Server Protocol: the request is answered once, with -32800 or its result.
    case languageServer
    /// `notifications/cancelled {requestId}` of the Model Context Protocol: the request is not answered any more.
    case modelContext

    var method: String {
        switch self {
        case .languageServer: "$/cancelRequest"
        case .modelContext: "notifications/cancelled"
        }
    }

    /// The parameter with the id.
    var member: StaticString {
        switch self {
        case .languageServer: "id"
        case .modelContext: "requestId"
        }
    }

    var isAnswered: Bool { self == .languageServer }
}
