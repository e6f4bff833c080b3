import CoverAPI
import CoverModel
import CoverService
import JSONRPC
import Jansson
import Synchronization

extension MCPFace {
    func listTools(_ request: Request) throws(RPCError) -> Outcome {
        if request["cursor"] != nil { throw .invalidParams("the list of tools has one page", parameter: "cursor") }
        return .result(request.era.reply(caching: .fixed) { $0.member("tools", Self.encodedTools) })
    }

    private static let encodedTools = EncodedJSON(Tool.all.jsonBytes)

    /// The method behind the tool answers, as it does for every face; here its result and its errors become a tool's.
    func callTool(_ request: Request, _ session: Session) throws(RPCError) -> Outcome {
        let name = try request.string("name")
        guard let tool = Tool.named(name) else {
            throw .invalidParams(
                "there is no tool \"\(name.prefix(100))\"; tools/list names those there are",
                parameter: "name"
            )
        }
        let given = request["arguments"]
        if let given, given.kind != .object {
            throw .invalidParams("arguments must be an object, these are \(given.kind.phrase)", parameter: "arguments")
        }
        let arguments = tool.completed(given)
        if let fault = tool.fault(in: arguments) { return .result(reply(tool, request, .failure(fault), session)) }
        let progress = request.progressToken.map { ProgressReport(token: $0, session: session) }
        var onProgress: (@Sendable (DownloadProgress) -> Void)?
        if let progress { onProgress = { progress.tell($0) } }
        let outcome = service.answer(tool.method, Parameters(arguments), in: session, onProgress: onProgress)
        let service = service
        let waiting = tool.name == "wait" ? WaitingTask(arguments) : nil
        return outcome.mapped(
            around: { work in
                try await self.logging(at: request.logLevel) {
                    guard let waiting, let progress else { return try await work() }
                    return try await progress.during(work, waiting, service)
                }
            },
            to: { self.reply(tool, request, $0, session) }
        )
    }

    private func reply(
        _ tool: Tool,
        _ request: Request,
        _ result: Result<Reply, RPCError>,
        _ session: Session
    ) -> Reply {
        switch result {
        case .success(let reply):
            log(.debug, "\(tool.name) was answered", to: session, during: request)
            let value = try? JSONValue(parsing: reply.result)
            if tool.name == "watch" { claim(value) }
            let settled: @Sendable (Bool) -> Void = { isSent in
                if isSent, tool.changesWatches { self.announceWatches(to: session) }
                reply.settled?(isSent)
            }
            return request.era.reply(settled: settled) {
                content(value.map(tool.summary) ?? "Done.", &$0)
                $0.member("structuredContent") { writer in
                    if let value { writer.value(PortableJSON(value)) } else { writer.value(EncodedJSON(reply.result)) }
                }
                $0.member("isError", false)
            }
        case .failure(let error):
            let failure = ToolFailure(error, of: tool)
            log(.warning, "\(tool.name) failed: \(error.message)", to: session, during: request) {
                $0.member("kind", error.kind)
            }
            return request.era.reply(meta: failure.encode) {
                content(failure.text, &$0)
                $0.member("isError", true)
            }
        }
    }

    /// The tasks of an answered `watch` are watched for their own sake from now on.
    private func claim(_ result: JSONValue?) {
        let ids = (result?["watches"]?.elements ?? []).compactMap { $0["taskId"]?.string.map(TaskID.init(_:)) }
        state.withLock { $0.subscriptions.claim(ids) }
    }
}

private func content(_ text: String, _ result: inout JSONWriter) {
    result.member("content") {
        $0.array { $0.element(TextContent(text: text)) }
    }
}

private struct TextContent: JSONEncodable {
    let text: String

    func encode(to writer: inout JSONWriter) {
        writer.object {
            $0.member("type", "text")
            $0.member("text", text)
        }
    }
}
