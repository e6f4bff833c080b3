import JSONRPC

/// Errors of LSP 3.17, `ErrorCodes`.
extension RPCError {
    static let serverNotInitialized = RPCError(
        code: -32002,
        message: "the server is not initialized; send initialize first",
        kind: "serverNotInitialized"
    )

    static func noSuchMethod(_ name: String) -> RPCError {
        RPCError(code: -32601, message: "the server has no method \"\(name.prefix(100))\"", kind: "methodNotFound")
    }

    /// A request about a document that the client has not opened.
    static func notOpen(_ uri: DocumentURI) -> RPCError {
        .invalidParams(
            "the document \(uri.text.prefix(200)) is not open; send textDocument/didOpen first",
            parameter: "uri"
        )
    }
}
