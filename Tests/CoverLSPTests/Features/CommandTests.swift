import APITestSupport
import CoverAPI
import CoverLSP
import CoverModel
import CoverWatch
import Jansson
import TestSupport
import Testing

/// Tests the requests that commands make to the API and to the client.
@Suite(.timeLimit(.minutes(5)))
struct CommandTests {
    private static let record = """
        {"code":200,"data":{"taskId":"a","successFlag":1,"response":{"images":["https://example.com/1.png"]}}}
        """

    @Test(arguments: [
        ("none", ["a"]), ("follow", []), ("follow", [""]), ("download", ["a"]), ("download", ["a", "untitled:1"]),
        ("download", ["a", "file://elsewhere/a.md"]),
    ])
    func anUnknownCommandIsRefused(command: String, arguments: [String]) async throws {
        try await LSPRig().run { rig in
            try await rig.introduce()
            let response = try await rig.ask(
                "workspace/executeCommand",
                #"{"command":"cover-bridge.\#(command)","arguments":\#(arguments.jsonText)}"#
            )
            #expect(response["error"]?["code"]?.integer == -32602, "\(response.jsonText)")
            #expect(rig.source.queries == 0)
        }
    }

    @Test func aSingleQueryFollowsNothing() async throws {
        let exchange = ScriptedExchange([.json(Self.record)])
        try await LSPRig(exchange: exchange).run { rig in
            try await rig.introduce()
            rig.open("cover://tasks/a")
            #expect(try await rig.execute("ask", "a")["error"] == nil)
            #expect(try await rig.notification("window/showMessage")["message"]?.string == "Cover a: 1 image")
            #expect(exchange.requests.count == 1 && rig.engine.watches().isEmpty)
            let hover = try #require(await rig.feature("hover", line: 0)["contents"]?["value"]?.string)
            #expect(hover.contains("**succeeded**") && hover.contains("not followed"))
            #expect(try await rig.feature("documentLink").texts("target") == ["https://example.com/1.png"])
            #expect(try await rig.feature("inlayHint").count == 0)
        }
    }

    @Test func theImagesAreOpenedByTheClient() async throws {
        let exchange = ScriptedExchange([.json(Self.record)])
        let command = #"{"command":"cover-bridge.open","arguments":["a"]}"#
        try await LSPRig(exchange: exchange).run { rig in
            try await rig.introduce()
            rig.peer.send(#"{"jsonrpc":"2.0","id":"x","method":"workspace/executeCommand","params":\#(command)}"#)
            let shown = try await rig.notification("window/showDocument")
            #expect(shown["uri"]?.string == "https://example.com/1.png" && shown["external"]?.bool == true)
        }
        try await LSPRig(exchange: exchange).run { rig in
            try await rig.introduce("{}")
            let error = try await rig.execute("open", "a")["error"]
            #expect(error?["message"]?.string?.contains("window.showDocument") == true)
        }
    }

    @Test func withoutAKeyEveryTextSaysHowToSetOne() async throws {
        var credentials = Credentials()
        credentials.ways = ["as apiKeyFile in initializationOptions"]
        try await LSPRig(credentials: credentials).run { rig in
            try await rig.introduce()
            rig.open("cover://tasks/a")
            let hover = try #require(await rig.feature("hover", line: 0)["contents"]?["value"]?.string)
            #expect(hover.contains("No API key. Give one as apiKeyFile in initializationOptions."))
            for command in ["follow", "ask"] {
                let error = try await rig.execute(command, "a")["error"]
                #expect(error?["data"]?["kind"]?.string == "missingCredentials", "\(command)")
                #expect(error?["message"]?.string?.contains("apiKeyFile") == true)
            }
            #expect(rig.engine.watches().isEmpty && rig.source.queries == 0)
            #expect(try await rig.feature("inlayHint").count == 0)
        }
    }

    /// A cancelled command leaves no watch and no hint.
    @Test func followingCanBeCancelled() async throws {
        let command = #"{"command":"cover-bridge.follow","arguments":["a"]}"#
        try await LSPRig().run { rig in
            try await rig.introduce()
            rig.open("cover://tasks/a")
            rig.peer.send(
                #"{"jsonrpc":"2.0","id":"x","method":"workspace/executeCommand","params":\#(command)}"#,
                #"{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":"x"}}"#
            )
            #expect(try await rig.response("x")["error"]?["code"]?.integer == -32800)
            #expect(try await rig.feature("inlayHint").count == 0)
            #expect(rig.engine.watches().isEmpty && rig.source.queries == 0)
        }
    }
}
