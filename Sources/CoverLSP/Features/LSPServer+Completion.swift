import CoverModel
import CoverService
import JSONRPC
import Jansson
import Synchronization

extension LSPServer {
    private static let root = Array("cover://tasks/".utf8)

    /// `textDocument/completion`: the ids of the followed covers, inside `cover://tasks/`.
    func completion(_ arguments: Arguments) throws(RPCError) -> Outcome {
        let (document, encoding) = try document(arguments)
        let offset = document.text.offset(of: try Position(arguments["position"]), encoding)
        let start = max(0, offset - TaskIDFinder.reach)
        let before = document.text.rope.bytes(in: start..<offset)
        let typed = before.suffix(while: { $0.isInRun && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: ":") })
        guard before[..<typed.startIndex].suffix(Self.root.count).elementsEqual(Self.root) else {
            return .result(Reply([CompletionItem]()))
        }
        let range = document.text.range(of: start + typed.startIndex..<offset, encoding)
        let prefix = Array(typed)
        let now = service.timeline.wallTime
        let items = state.withLock { state in
            state.follows.followed.filter { $0.percentEncoded.utf8.starts(with: prefix) }.map { taskId in
                CompletionItem(
                    taskId: taskId,
                    detail: state.follows.standing(of: taskId)?.label(at: now),
                    range: range
                )
            }
        }
        return .result(Reply(items))
    }
}

private struct CompletionItem: JSONEncodable {
    /// `CompletionItemKind.Reference`
    private static let kind = 18

    let taskId: TaskID
    let detail: String?
    let range: PositionRange

    func encode(to writer: inout JSONWriter) {
        writer.object {
            $0.member("label", taskId)
            $0.member("kind", Self.kind)
            if let detail { $0.member("detail", detail) }
            $0.member("filterText", taskId.percentEncoded)
            $0.member("textEdit") {
                $0.object {
                    $0.member("range", range)
                    $0.member("newText", taskId.percentEncoded)
                }
            }
        }
    }
}

extension Array<UInt8> {
    /// The longest part at the end whose bytes all match.
    fileprivate func suffix(while matches: (UInt8) -> Bool) -> ArraySlice<UInt8> {
        var start = endIndex
        while start > startIndex, matches(self[start - 1]) { start -= 1 }
        return self[start...]
    }
}
