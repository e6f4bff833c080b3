import CoverAPI
import Jansson

/// The result of `initialize`: what the server offers to this client.
struct InitializeResult: JSONEncodable {
    let client: ClientCapabilities

    func encode(to writer: inout JSONWriter) {
        writer.object {
            $0.member("capabilities") { $0.object(capabilities) }
            $0.member("serverInfo") {
                $0.object {
                    $0.member("name", "cover-bridge")
                    $0.member("version", coverBridgeVersion)
                }
            }
        }
    }

    private func capabilities(_ writer: inout JSONWriter) {
        if client.encodings != nil { writer.member("positionEncoding", client.encoding.rawValue) }
        writer.member("textDocumentSync") {
            $0.object {
                $0.member("openClose", true)
                // The value 2 means incremental changes.
                $0.member("change", 2)
            }
        }
        if client.hover { writer.member("hoverProvider", true) }
        if client.inlayHint { writer.member("inlayHintProvider", true) }
        if client.needsCodeLenses { writer.member("codeLensProvider") { $0.object { _ in } } }
        if client.codeAction {
            writer.member("codeActionProvider", CodeActionOptions(hasKinds: client.codeActionLiterals))
        }
        if client.documentLink { writer.member("documentLinkProvider") { $0.object { _ in } } }
        if client.completion {
            writer.member("completionProvider") { $0.object { $0.member("triggerCharacters", ["/"]) } }
        }
        // The server always announces its commands. Neovim refuses commands that are not announced, but does not name
        // its own capability to run commands.
        writer.member("executeCommandProvider") {
            $0.object {
                $0.member("commands", CoverCommand.allCases.map(\.rawValue))
                if client.workDoneProgress { $0.member("workDoneProgress", true) }
            }
        }
    }
}

private struct CodeActionOptions: JSONEncodable {
    let hasKinds: Bool

    func encode(to writer: inout JSONWriter) {
        guard hasKinds else { return writer.value(true) }
        writer.object { $0.member("codeActionKinds", [CodeAction.kind]) }
    }
}
