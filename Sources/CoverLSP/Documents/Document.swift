import JSONRPC
import Jansson

/// A document that the client has open.
struct Document: Sendable {
    let uri: DocumentURI
    /// The client's version number of the text.
    private(set) var version: Int64?
    private(set) var text: DocumentText

    init(uri: DocumentURI, version: Int64?, text: DocumentText) {
        self.uri = uri
        self.version = version
        self.text = text
    }

    /// Applies the changes of `textDocument/didChange`, one after the other.
    ///
    /// - Throws: `invalidParams` for an invalid change. The changes before the invalid one are applied.
    mutating func apply(
        _ changes: [JSONValue],
        version: Int64?,
        _ encoding: PositionEncoding,
        _ finder: TaskIDFinder
    ) throws(RPCError) {
        self.version = version
        for change in changes {
            guard let fresh = change["text"]?.string else {
                throw .invalidParams("a content change has a text", parameter: "contentChanges")
            }
            if let range = change["range"], !range.isNull {
                text.replace(text.offsets(of: try PositionRange(range), encoding), with: fresh)
            } else {
                text = DocumentText(fresh, finder: finder)
            }
        }
    }
}
