import JSONRPC
import Jansson

/// The requests that the server answers.
enum Method: String, Sendable {
    case initialize, shutdown
    case hover = "textDocument/hover"
    case inlayHint = "textDocument/inlayHint"
    case codeLens = "textDocument/codeLens"
    case codeAction = "textDocument/codeAction"
    case documentLink = "textDocument/documentLink"
    case completion = "textDocument/completion"
    case executeCommand = "workspace/executeCommand"
}

/// The notifications that the server handles, besides `exit` and `$/cancelRequest`. All others are ignored.
enum Incoming: String, Sendable {
    case initialized
    case didOpen = "textDocument/didOpen"
    case didChange = "textDocument/didChange"
    case didClose = "textDocument/didClose"
    case didChangeConfiguration = "workspace/didChangeConfiguration"
    case setTrace = "$/setTrace"
    case cancelProgress = "window/workDoneProgress/cancel"
}

/// The parameters of a request or a notification. `null` counts as absent.
struct Arguments: Sendable {
    private let value: JSONValue?

    /// - Throws: `invalidParams` for parameters by position, because the protocol has only parameters by name.
    init(_ call: Call) throws(RPCError) {
        value = call.parameters.value
        if value?.kind == .array { throw .invalidParams("params must be an object", parameter: "params") }
    }

    subscript(name: String) -> JSONValue? { value?[name].flatMap { $0.isNull ? nil : $0 } }

    /// The URI of `textDocument`.
    ///
    /// - Throws: `invalidParams` if the URI is missing.
    var uri: DocumentURI {
        get throws(RPCError) {
            guard let uri = self["textDocument"]?["uri"]?.string else {
                throw .invalidParams("the parameter \"textDocument\" must have a uri", parameter: "textDocument")
            }
            return DocumentURI(uri)
        }
    }

    /// - Throws: `invalidParams` if the range is missing or invalid.
    var range: PositionRange {
        get throws(RPCError) {
            guard let range = self["range"] else {
                throw .invalidParams("the parameter \"range\" is missing", parameter: "range")
            }
            return try PositionRange(range)
        }
    }
}
