import CoverModel
import CoverService
import JSONRPC
import Jansson
import Synchronization

extension LSPServer {
    /// `textDocument/inlayHint`: the state of each followed cover, after its id.
    func inlayHints(_ arguments: Arguments) throws(RPCError) -> Outcome {
        let (document, encoding) = try document(arguments)
        let range = document.text.offsets(of: try arguments.range, encoding)
        let hints = labelled(document.text.marks(in: range)).map { mark, _, label in
            InlayHint(position: document.text.position(of: mark.end, encoding), label: label)
        }
        return .result(Reply(hints))
    }

    /// `textDocument/codeLens`: the state of each followed cover, above the line of its id.
    func codeLenses(_ arguments: Arguments) throws(RPCError) -> Outcome {
        let (document, encoding) = try document(arguments)
        var marks: [TaskMark] = []
        document.text.forEachMark {
            marks.append($0)
            return true
        }
        let showsDocuments = state.withLock(\.client.showDocument)
        let lenses = labelled(marks).map { mark, standing, label in
            let hasImages = standing.status?.images.isEmpty == false
            return CodeLens(
                range: document.text.range(of: mark.range, encoding),
                command: Command(label, hasImages && showsDocuments ? .open : .ask, [mark.taskId.text])
            )
        }
        return .result(Reply(lenses))
    }

    /// The marks of followed covers, with the text to show there.
    private func labelled(_ marks: [TaskMark]) -> [(TaskMark, Standing, label: String)] {
        let now = service.timeline.wallTime
        return state.withLock { state in
            marks.compactMap { mark in
                state.follows.standing(of: mark.taskId).map { (mark, $0, $0.label(at: now)) }
            }
        }
    }
}

private struct InlayHint: JSONEncodable {
    let position: Position
    let label: String

    func encode(to writer: inout JSONWriter) {
        writer.object {
            $0.member("position", position)
            $0.member("label", label)
            $0.member("paddingLeft", true)
        }
    }
}

private struct CodeLens: JSONEncodable {
    let range: PositionRange
    let command: Command

    func encode(to writer: inout JSONWriter) {
        writer.object {
            $0.member("range", range)
            $0.member("command", command)
        }
    }
}
