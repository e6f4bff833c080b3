import CoverModel
import JSONRPC
import Jansson
import Synchronization

/// The reason why a cover has no images, at the place of its id in a document.
struct Diagnostic: Equatable, JSONEncodable, Sendable {
    let range: PositionRange
    let code: String
    let message: String

    func encode(to writer: inout JSONWriter) {
        writer.object {
            $0.member("range", range)
            // The severity 2 is a warning, because the text itself is not wrong.
            $0.member("severity", 2)
            $0.member("code", code)
            $0.member("source", "cover-bridge")
            $0.member("message", message)
        }
    }
}

/// The parameters of `textDocument/publishDiagnostics`.
private struct PublishedDiagnostics: JSONEncodable {
    let uri: DocumentURI
    let version: Int64?
    let diagnostics: [Diagnostic]

    func encode(to writer: inout JSONWriter) {
        writer.object {
            $0.member("uri", uri)
            if let version { $0.member("version", version) }
            $0.member("diagnostics", diagnostics)
        }
    }
}

extension LSPServer {
    /// The largest number of diagnostics for one document.
    private static let mostDiagnostics = 1000

    /// Records that diagnostics may have changed.
    ///
    /// - Parameter uri: the document to check; nil means all open documents.
    func recheck(_ uri: DocumentURI? = nil) {
        state.withLock { state in
            if let uri { state.unchecked.insert(uri) } else { state.unchecked.formUnion(state.documents.keys) }
        }
        checks()
    }

    /// Publishes the diagnostics that changed, until the session ends.
    ///
    /// The search reads whole documents. It does not run on the reader's thread, because each edit of a large document
    /// would then wait for the search. All edits that arrive during a search share the next search.
    func publishDiagnostics(_ session: Session) async {
        var published: [DocumentURI: [Diagnostic]] = [:]
        for await _ in checks.calls {
            let (unchecked, closed, documents, client, follows) = state.withLock { state in
                defer { (state.unchecked, state.closed) = ([], []) }
                return (state.unchecked, state.closed, state.documents, state.client, state.follows)
            }
            // The client may have opened a closed document again in the meantime. The diagnostics that were published
            // before the closing are removed even then, because the client no longer shows them.
            for uri in closed where published.removeValue(forKey: uri) != nil {
                session.notify(
                    "textDocument/publishDiagnostics",
                    PublishedDiagnostics(uri: uri, version: nil, diagnostics: [])
                )
            }
            for uri in unchecked {
                let document = documents[uri]
                let fresh = document.map { diagnostics(of: $0, follows, client.encoding) } ?? []
                guard fresh != published[uri] ?? [] else { continue }
                published[uri] = fresh.isEmpty ? nil : fresh
                let version = client.diagnosticVersions ? document?.version : nil
                session.notify(
                    "textDocument/publishDiagnostics",
                    PublishedDiagnostics(uri: uri, version: version, diagnostics: fresh)
                )
            }
        }
    }

    private func diagnostics(
        of document: Document,
        _ follows: FollowTable,
        _ encoding: PositionEncoding
    ) -> [Diagnostic] {
        guard follows.hasReasons else { return [] }
        var diagnostics: [Diagnostic] = []
        document.text.forEachMark { mark in
            if let standing = follows.standing(of: mark.taskId), let reason = standing.reason {
                let range = document.text.range(of: mark.range, encoding)
                diagnostics.append(Diagnostic(range: range, code: standing.code, message: reason))
            }
            return diagnostics.count < Self.mostDiagnostics
        }
        return diagnostics
    }
}

extension Standing {
    /// A stable word for the error.
    fileprivate var code: String {
        if case .ended(let end) = self { return end.reason }
        return "failed"
    }
}
