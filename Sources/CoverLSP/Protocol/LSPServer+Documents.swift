import JSONRPC
import Jansson
import Synchronization

extension LSPServer {
    func didOpen(_ arguments: Arguments, _ session: Session) throws(RPCError) {
        let uri = try arguments.uri
        guard let text = arguments["textDocument"]?["text"]?.string else {
            throw .invalidParams("the parameter \"textDocument\" must have a text", parameter: "textDocument")
        }
        let version = arguments["textDocument"]?["version"]?.integer
        // The text is searched outside of the lock, because the first search of a large document takes time. This is
        // safe, because only this thread changes documents.
        let content = DocumentText(text, finder: state.withLock(\.finder))
        state.withLock { $0.documents[uri] = Document(uri: uri, version: version, text: content) }
        recheck(uri)
        showSlowPattern(uri, session)
    }

    func didChange(_ arguments: Arguments, _ session: Session) throws(RPCError) {
        let uri = try arguments.uri
        guard let changes = arguments["contentChanges"]?.elements else {
            throw .invalidParams("the parameter \"contentChanges\" must be an array", parameter: "contentChanges")
        }
        let version = arguments["textDocument"]?["version"]?.integer
        let (found, encoding, finder) = state.withLock { ($0.documents[uri], $0.client.encoding, $0.finder) }
        guard var document = found else { throw .notOpen(uri) }
        defer {
            let edited = document
            state.withLock { $0.documents[uri] = edited }
            recheck(uri)
            showSlowPattern(uri, session)
        }
        try document.apply(changes, version: version, encoding, finder)
    }

    func didClose(_ arguments: Arguments) throws(RPCError) {
        let uri = try arguments.uri
        state.withLock { state in
            state.documents[uri] = nil
            state.closed.insert(uri)
        }
        recheck(uri)
    }

    /// Shows one message if the user's pattern for ids needs too many steps.
    ///
    /// - Parameter uri: the document in which this was noticed.
    private func showSlowPattern(_ uri: DocumentURI, _ session: Session) {
        let isNews = state.withLock { state in
            guard !state.hasShownSlowPattern, state.finder.pattern?.hasSkippedLines == true else { return false }
            state.hasShownSlowPattern = true
            return true
        }
        guard isNews else { return }
        let text = """
            Cover Bridge: initializationOptions: idPattern takes too long for a line of \(uri.text.prefix(200)). In such lines, \
            only ids of the other forms are found. Avoid a repetition inside a repetition, as in (a+)+b.
            """
        show(.warning, text, session)
    }

    /// The document that a request names, in its present version.
    ///
    /// - Throws: `invalidParams` if the document is not open.
    func document(_ arguments: Arguments) throws(RPCError) -> (Document, PositionEncoding) {
        let uri = try arguments.uri
        let (document, encoding) = state.withLock { ($0.documents[uri], $0.client.encoding) }
        guard let document else { throw .notOpen(uri) }
        return (document, encoding)
    }

    /// The mark at a position, its range, and its document.
    func mark(at arguments: Arguments) throws(RPCError) -> (mark: TaskMark, range: PositionRange)? {
        let (document, encoding) = try document(arguments)
        let offset = document.text.offset(of: try Position(arguments["position"]), encoding)
        // If two marks touch at this position, the position means the mark that begins here.
        guard let mark = document.text.marks(in: offset..<offset).last else { return nil }
        return (mark, document.text.range(of: mark.range, encoding))
    }
}
