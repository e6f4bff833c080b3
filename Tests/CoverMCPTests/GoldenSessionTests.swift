import APITestSupport
import CoverAPI
import CoverMCP
import CoverModel
import CoverService
import CoverWatch
import Foundation
import JSONRPC
import Jansson
import SessionRecording
import TestSupport
import Testing

/// Plays the golden sessions without a process or a network. Tests/mcp plays the same sessions with the binary.
@Suite(.timeLimit(.minutes(5)))
struct GoldenSessionTests {
    @Test(arguments: ["mcp-2025-11-25", "mcp-2026-07-28"])
    func theTranscriptIsReproduced(name: String) async throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Transcripts")
        let file = folder.appending(path: "\(name).jsonl").standardizedFileURL
        let transcript = try Transcript(String(contentsOf: file, encoding: .utf8))
        #expect(transcript.steps.count > 30)
        try await MCPRig().run { client in
            var lastSent = ""
            for step in transcript.steps {
                switch step {
                case .send(let text, _):
                    lastSent = text
                    client.send(text)
                case .expect(let expected), .expectSome(let expected):
                    let line = try #require(await client.line(), "nothing came after \(lastSent)")
                    let matches = try Transcript.matches(JSONValue(parsing: line), expected, isOpen: true)
                    #expect(matches, "after \(lastSent) came \(line), not \(expected.jsonText)")
                case .end:
                    client.endInput()
                    #expect(await client.rest().isEmpty)
                }
            }
        }
    }
}

/// The MCP frontend on a pipe, with an API that understands the ids of the sandbox.
private struct MCPRig {
    private let engine: WatchEngine
    private let frontend: MCPServer

    init() throws {
        let client = try CoverClient(
            configuration: CoverClient.Configuration(credentials: Credentials(environment: APIKey("test"))),
            exchange: ScriptedExchange { request, _ in Self.reply(to: request.url) }
        )
        let journal = MemoryJournal(epoch: "test")
        engine = try WatchEngine(source: ClientStatusSource(client: client), journal: journal, timeline: .system)
        let service = CoverService(
            client: client,
            engine: engine,
            journal: journal,
            timeline: .system,
            configuration: CoverService.Configuration(endpoint: "https://api.kie.ai")
        )
        frontend = MCPServer(service: service)
    }

    func run(_ body: (LineClient) async throws -> Void) async throws {
        let (ours, theirs) = InMemoryTransport.pair()
        var configuration = Session.Configuration()
        configuration.framing = .newlineDelimited
        configuration.cancellation = .modelContext
        let session = Session(transport: ours, handler: frontend, configuration: configuration)
        let client = LineClient(theirs)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { _ = try await session.run() }
            group.addTask { [engine, frontend] in try? await engine.run { frontend.emit($0, $1, to: session) } }
            defer { group.cancelAll() }
            try await body(client)
            try await group.next()
        }
    }

    private static func reply(to url: String) -> ScriptedExchange.Reply {
        guard let id = url.split(separator: "=").dropFirst().first else { return .json(#"{"code":200,"data":247.5}"#) }
        guard !id.hasPrefix("missing") else { return .json(#"{"code":422,"msg":"recordInfo is null"}"#) }
        let flag = id.hasPrefix("success") ? 1 : id.hasPrefix("generating") ? 2 : 0
        return .json(
            #"{"code":200,"data":{"taskId":"\#(id)","successFlag":\#(flag),"response":{"images":["https://i.example/1.png"]}}}"#
        )
    }
}
