import CoverAPI
import CoverModel
import CoverService
import JSONRPC
import Jansson
import Synchronization

extension MCPServer {
    func listTools(_ request: Request) throws(RPCError) -> Outcome {
        if request.cursor != nil { throw .invalidParams("the list of tools has one page", parameter: "cursor") }
        let tools = service.configuration.isSandbox ? Self.sandboxTools : Self.tools
        return .result(request.revision.reply(caching: .fixed) { $0.member("tools", tools) })
    }

    private static let tools = EncodedJSON(Tool.all.map { ListedTool(tool: $0, isSandbox: false) }.jsonBytes)
    private static let sandboxTools = EncodedJSON(Tool.all.map { ListedTool(tool: $0, isSandbox: true) }.jsonBytes)

    /// Calls the method behind a tool in the same way as every frontend. The result or the error of the method becomes
    /// the result or the error of the tool.
    func callTool(_ request: Request, _ session: Session) throws(RPCError) -> Outcome {
        let name = try request.string("name")
        guard let tool = Tool.named(name) else {
            let names = Tool.all.map(\.name)
            // Some models add the name of the server: `cover_status`, `mcp__cover-bridge__status`.
            let word = name.split { "_-/.:".contains($0) }.last.map(String.init) ?? name
            let nearest =
                Spelling.nearest(to: word, among: names).map { "the nearest is \"\($0)\", of " } ?? "there are "
            throw .invalidParams(
                "there is no tool \"\(shown(name))\"; \(nearest)\(names.joined(separator: ", "))",
                parameter: "name"
            )
        }
        let given = request["arguments"]
        if let given, given.kind != .object {
            // A result reaches the model, which can correct the call. Many hosts show an error of the protocol to no model.
            return .result(failure(.noObject(given), tool, request, session))
        }
        if let fault = tool.fault(in: given, shown: shown) {
            return .result(failure(fault, tool, request, session))
        }
        let arguments = tool.completed(given)
        let progress = request.progressToken.map { ProgressReport(token: $0, session: session) }
        var onProgress: (@Sendable (DownloadProgress) -> Void)?
        if let progress { onProgress = { progress.report($0) } }
        let answer: Answer<ToolResult>
        do throws(RPCError) { answer = try tool.call(service, Parameters(arguments), session, onProgress) } catch {
            return .result(failure(error, tool, request, session))
        }
        let service = service
        let waiting = tool.name == "wait" ? WaitingTask(arguments) : nil
        return answer.outcome { work in
            try await self.logging(at: request.logLevel) {
                guard let waiting, let progress else {
                    let result = try await work()
                    await self.renewWatches(of: result.unwatched, session)
                    return result
                }
                return try await progress.during(work, waiting, service)
            }
        } _: { result, onDelivery in
            switch result {
            case .success(let result): self.success(result, onDelivery, tool, request, session)
            case .failure(let error): self.failure(error, tool, request, session)
            }
        }
    }

    /// A name that the host sent, fit for an error. Keys are removed before the name is cut, because a part of a key is
    /// not found.
    func shown(_ name: String) -> String { service.client.redacting(name).presentable(upTo: 100) }

    private func success(
        _ result: ToolResult,
        _ onDelivery: Reply.OnDelivery?,
        _ tool: Tool,
        _ request: Request,
        _ session: Session
    ) -> Reply {
        log(.debug, "\(tool.name) was answered", to: session, during: request)
        state.withLock { $0.subscriptions.claim(result.watched) }
        return request.revision.reply(onDelivery: { delivery in
            if case .queued = delivery, tool.changesWatches { self.announceWatches(to: session) }
            onDelivery?(delivery)
        }) {
            content(result.summary, &$0)
            $0.member("structuredContent", EncodedJSON(result.json))
            $0.member("isError", false)
        }
    }

    private func failure(_ error: RPCError, _ tool: Tool, _ request: Request, _ session: Session) -> Reply {
        let failure = ToolFailure(error, of: tool)
        log(.warning, "\(tool.name) failed: \(error.message)", to: session, during: request) {
            $0.member("kind", error.kind)
        }
        let reply = request.revision.reply(meta: failure.encode) {
            content(failure.text, &$0)
            $0.member("isError", true)
        }
        // The error may repeat a key that the host sent in a wrong place.
        return Reply(encoded: service.client.redacted(reply.result))
    }
}

extension RPCError {
    /// The error for arguments of this value, which is no object. Models often write the object as a text.
    fileprivate static func noObject(_ arguments: JSONValue) -> RPCError {
        let isText = arguments.string.flatMap { try? JSONValue(parsing: Array($0.utf8)) }?.kind == .object
        let kind = isText ? "a text with an object in it" : arguments.kind.phrase
        return .invalidParams("arguments must be an object, not \(kind)", parameter: "arguments")
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
