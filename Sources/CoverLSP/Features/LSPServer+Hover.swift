import CoverAPI
import CoverModel
import CoverService
import JSONRPC
import Jansson
import Synchronization

extension LSPServer {
    /// `textDocument/hover`. A hover causes no query.
    func hover(_ arguments: Arguments) throws(RPCError) -> Outcome {
        guard let (mark, range) = try mark(at: arguments) else { return .result(.null) }
        let taskId = mark.taskId
        let (standing, known, outage, isMarkdown) = state.withLock { state in
            (
                state.follows.standing(of: taskId), state.follows.status(of: taskId), state.outage,
                state.client.hoverTakesMarkdown
            )
        }
        if let standing {
            var text = HoverText(taskId, standing, now: service.timeline.wallTime, isMarkdown: isMarkdown)
            if standing.isRunning, let outage { text.add(outage) }
            return .result(Reply(Hover(contents: text, range: range)))
        }
        // The answer comes later, because the server must read the key file to know whether there is a key.
        return .later { [client = service.client] in
            var text = HoverText(unfollowed: taskId, asked: known, isMarkdown: isMarkdown)
            do throws(CoverError) { try await client.checkKey() } catch { text.add(error.message) }
            return Reply(Hover(contents: text, range: range))
        }
    }
}

private struct Hover: JSONEncodable {
    let contents: HoverText
    let range: PositionRange

    func encode(to writer: inout JSONWriter) {
        writer.object {
            $0.member("contents", contents)
            $0.member("range", range)
        }
    }
}
