import Jansson

/// The client's capabilities, from `initialize` (LSP 3.17). A capability that is not named is absent.
struct ClientCapabilities: Sendable {
    /// The encodings that the client names. Nil means that the client names none. In that case UTF-16 applies, and the
    /// answer does not mention an encoding.
    let encodings: [String]?
    let hover: Bool
    let hoverTakesMarkdown: Bool
    let inlayHint: Bool
    let refreshesInlayHints: Bool
    let refreshesCodeLenses: Bool
    let codeAction: Bool
    /// Whether an answer may be a `CodeAction`; older clients accept only a `Command`.
    let codeActionLiterals: Bool
    let completion: Bool
    let documentLink: Bool
    let linkTooltips: Bool
    let executeCommand: Bool
    let diagnostics: Bool
    let diagnosticVersions: Bool
    let workDoneProgress: Bool
    let showDocument: Bool
    /// Whether the server may read the client's settings.
    let configuration: Bool
    /// Whether the server may register for changes of the client's settings.
    let registersConfiguration: Bool

    init(_ json: JSONValue? = nil) {
        func has(_ path: String...) -> Bool {
            let value = path.reduce(json) { $0?[$1] }
            return value?.kind == .object || value?.bool == true
        }
        func words(_ path: String...) -> [String]? {
            path.reduce(json) { $0?[$1] }?.elements?.compactMap(\.string)
        }
        encodings = words("general", "positionEncodings")
        hover = has("textDocument", "hover")
        hoverTakesMarkdown = words("textDocument", "hover", "contentFormat")?.contains("markdown") ?? false
        inlayHint = has("textDocument", "inlayHint")
        refreshesInlayHints = has("workspace", "inlayHint", "refreshSupport")
        refreshesCodeLenses = has("workspace", "codeLens", "refreshSupport")
        codeAction = has("textDocument", "codeAction")
        codeActionLiterals = has("textDocument", "codeAction", "codeActionLiteralSupport")
        completion = has("textDocument", "completion")
        documentLink = has("textDocument", "documentLink")
        linkTooltips = has("textDocument", "documentLink", "tooltipSupport")
        executeCommand = has("workspace", "executeCommand")
        diagnostics = has("textDocument", "publishDiagnostics")
        diagnosticVersions = has("textDocument", "publishDiagnostics", "versionSupport")
        workDoneProgress = has("window", "workDoneProgress")
        showDocument = has("window", "showDocument", "support")
        configuration = has("workspace", "configuration")
        registersConfiguration = has("workspace", "didChangeConfiguration", "dynamicRegistration")
    }

    var encoding: PositionEncoding { PositionEncoding(offered: encodings ?? []) }

    /// Whether code lenses show the states, because the client has no inlay hints. The capability for code lenses is
    /// not checked, because Neovim up to 0.9 has code lenses but does not announce them.
    var needsCodeLenses: Bool { !inlayHint }

    /// The request that makes the client fetch the shown states again; nil if it has none.
    var refreshMethod: String? {
        if inlayHint { return refreshesInlayHints ? "workspace/inlayHint/refresh" : nil }
        return refreshesCodeLenses ? "workspace/codeLens/refresh" : nil
    }
}
