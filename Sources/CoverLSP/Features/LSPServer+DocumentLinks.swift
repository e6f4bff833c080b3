import CoverModel
import JSONRPC
import Jansson
import Synchronization

extension LSPServer {
    /// `textDocument/documentLink`: links to the images of each finished cover, at the place of its id.
    func documentLinks(_ arguments: Arguments) throws(RPCError) -> Outcome {
        let (document, encoding) = try document(arguments)
        var found: [(TaskMark, images: [String])] = []
        let hasTooltips = state.withLock { state in
            document.text.forEachMark { mark in
                if let status = state.follows.status(of: mark.taskId), status.final, !status.images.isEmpty {
                    found.append((mark, status.images))
                }
                return true
            }
            return state.client.linkTooltips
        }
        let links = found.flatMap { mark, images in
            zip(Self.parts(of: mark, count: images.count), images).enumerated().map { index, link in
                DocumentLink(
                    range: document.text.range(of: link.0, encoding),
                    target: link.1,
                    tooltip: hasTooltips ? "Image \(index + 1) of \(images.count) of cover \(mark.taskId)" : nil
                )
            }
        }
        return .result(Reply(links))
    }

    /// Divides the bytes of an id among the images. If two links were at one place, an editor would open only the
    /// first.
    private static func parts(of mark: TaskMark, count: Int) -> [Range<Int>] {
        // An id that is not ASCII is not divided, because the border could be inside a character.
        guard mark.length >= count, mark.taskId.text.utf8.allSatisfy({ $0 < 0x80 }) else {
            return Array(repeating: mark.range, count: count)
        }
        let ends = (0...count).map { mark.offset + mark.length * $0 / count }
        return zip(ends, ends.dropFirst()).map { $0..<$1 }
    }
}

private struct DocumentLink: JSONEncodable {
    let range: PositionRange
    let target: String
    let tooltip: String?

    func encode(to writer: inout JSONWriter) {
        writer.object {
            $0.member("range", range)
            $0.member("target", target)
            if let tooltip { $0.member("tooltip", tooltip) }
        }
    }
}
