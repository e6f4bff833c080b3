/// How a peer cancels a request. Protocols over JSON-RPC differ in this.
public enum Cancellation: Sendable {
    /// `$/cancelRequest {id}` of the Language Server Protocol: the request gets one answer, -32800 or its result.
    case languageServer
    /// `notifications/cancelled {requestId}` of the Model Context Protocol: the request gets no answer.
    case modelContext

    var method: String {
        switch self {
        case .languageServer: "$/cancelRequest"
        case .modelContext: "notifications/cancelled"
        }
    }

    /// The name of the parameter that holds the id.
    var member: StaticString {
        switch self {
        case .languageServer: "id"
        case .modelContext: "requestId"
        }
    }

    /// The parameter that has the member `progressToken`. Nil if `progressToken` is a parameter itself.
    var holderOfProgressToken: StaticString? { self == .modelContext ? "_meta" : nil }

    var isAnswered: Bool { self == .languageServer }
}
