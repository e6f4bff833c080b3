import JSONRPC
import Jansson

/// A document that the client has open.
struct Document: Sendable {
    let uri: String
    /// The client's number for this state of the text.
    private(set) var version: Int64?
    private(set) var text: DocumentText

    init(uri: String, version: Int64?, text: DocumentText) {
        self.uri = uri
        self.version = version
        self.text = text
    }

    /// Makes the changes of `textDocument/didChange`, each on what the one before has left.
    ///
    /// - Throws: `invalidParams` for a change that is none; those before it are made.
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
