import APITestSupport
import CoverAPI
import CoverLSP
import CoverModel
import CoverWatch
import JSONRPC
import Jansson
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5)))
struct LifecycleTests {
    private static let id = "5c79be8e9dd84d9c9a66c1e2b6f60e52"

    @Test func onlyInitializeIsAnsweredFirst() async throws {
        try await LSPRig().run { rig in
            for method in ["textDocument/hover", "shutdown", "nothing/atAll"] {
                let response = try await rig.ask(method, "{}")
                #expect(response["error"]?["code"]?.integer == -32002, "\(method)")
                #expect(response["error"]?["data"]?["kind"]?.string == "serverNotInitialized")
            }
            rig.open("dropped")
            try await rig.introduce()
            let again = try await rig.ask("initialize", #"{"capabilities":{}}"#)
            #expect(again["error"]?["code"]?.integer == -32600)
            let unopened = try await rig.ask(
                "textDocument/hover",
                #"{"textDocument":{"uri":"\#(LSPRig.uri)"},"position":{"line":0,"character":0}}"#
            )
            #expect(unopened["error"]?["code"]?.integer == -32602, "a document that was opened too early")
            #expect(try await rig.ask("nothing/atAll")["error"]?["code"]?.integer == -32601)
            #expect(try await rig.ask("$/nothing")["error"]?["code"]?.integer == -32601)
            rig.notify("$/nothing", "{}")
            #expect(try await rig.call("shutdown").isNull)
            #expect(try await rig.ask("textDocument/hover", "{}")["error"]?["code"]?.integer == -32600)
        }
    }

    /// The capabilities of the client, and the position encoding that the server chooses.
    @Test(arguments: [
        (#"{"general":{"positionEncodings":["utf-16"]}}"#, "utf-16"),
        (#"{"general":{"positionEncodings":["utf-32","utf-8"]}}"#, "utf-8"),
        (#"{"general":{"positionEncodings":["utf-32"]}}"#, "utf-32"),
        (#"{"general":{"positionEncodings":["ebcdic"]}}"#, "utf-16"), ("{}", nil),
    ])
    func theEncodingIsChosenFromTheClientsList(capabilities: String, encoding: String?) async throws {
        try await LSPRig().run { rig in
            let answer = try await rig.introduce(capabilities)
            #expect(answer["positionEncoding"]?.string == encoding)
            rig.open("😀é \(Self.id)")
            let start = [nil: 4, "utf-16": 4, "utf-8": 7, "utf-32": 3][encoding] ?? 0
            _ = try await rig.execute("follow", Self.id)
            rig.notify(
                "textDocument/didChange",
                #"""
                {"textDocument":{"uri":"\#(LSPRig.uri)","version":2},"contentChanges":[
                {"range":{"start":{"line":0,"character":\#(start - 1)},"end":{"line":0,"character":\#(start)}},"text":"--"}]}
                """#
            )
            let hint = try await rig.feature("inlayHint").element(0)?["position"]?["character"]?.integer
            #expect(hint == Int64(start + 1 + 32))
        }
    }

    @Test func aClientIsOfferedOnlyWhatItSupports() async throws {
        try await LSPRig().run { rig in
            let all = try await rig.introduce()
            for name in ["hover", "inlayHint", "codeAction", "documentLink", "completion", "executeCommand"] {
                #expect(all["\(name)Provider"] != nil, "\(name)")
            }
            #expect(all["codeLensProvider"] == nil, "the client has hints")
            #expect(all["textDocumentSync"]?["change"]?.integer == 2)
        }
        try await LSPRig().run { rig in
            let none = try await rig.introduce("{}")
            #expect(none.members?.map(\.name) == ["textDocumentSync", "codeLensProvider", "executeCommandProvider"])
        }
        try await LSPRig().run { rig in
            let old = try await rig.introduce(#"{"textDocument":{"codeLens":{},"codeAction":{}}}"#)
            #expect(old["codeLensProvider"] != nil && old["inlayHintProvider"] == nil)
            #expect(old["codeActionProvider"]?.bool == true)
            rig.open(Self.id)
            let commands = try await rig.feature("codeAction", line: 0)
            #expect(commands.texts("command") == ["cover-bridge.follow", "cover-bridge.ask"], "commands, no literals")
        }
    }

    @Test func settingsMayChange() async throws {
        let source = ScriptedStatusSource(states: [.succeeded])
        try await LSPRig(source: source).run { rig in
            try await rig.introduce(options: #"{"interval":0}"#)
            let fault = try await rig.notification("window/showMessage")
            #expect(fault["message"]?.string?.contains("interval must be a number of seconds") == true)
            let registration = try await rig.notification("client/registerCapability")
            #expect(registration["registrations"]?.texts("method") == ["workspace/didChangeConfiguration"])
            rig.notify("workspace/didChangeConfiguration", #"{"settings":{"cover-bridge":{"messages":false}}}"#)
            rig.open("cover://tasks/a")
            _ = try await rig.execute("follow", "a")
            while try await rig.feature("inlayHint").texts("label") != ["✓ 2 images"] {}
            #expect(try await !rig.waiting().contains("window/showMessage"))
        }
    }

    /// A client that answers slowly, or never, gets no second request for its settings.
    @Test func settingsAreFetchedWithOneRequestAtATime() async throws {
        try await LSPRig().run { rig in
            try await rig.introduce()
            func change() { rig.notify("workspace/didChangeConfiguration", #"{"settings":null}"#) }
            func requests() async throws -> Int {
                try await rig.waiting().count { $0 == "workspace/configuration" }
            }
            change()
            while try await requests() == 0 {}
            for _ in 0..<30 { change() }
            for _ in 0..<20 { #expect(try await requests() == 1) }
            // The answer to the first request is older than the other changes.
            _ = try await rig.notification("workspace/configuration")
            while try await requests() == 0 {}
            for _ in 0..<20 { #expect(try await requests() == 1) }
        }
    }

    @Test(arguments: [
        (#"{"apiKeyFile":"key"}"#, "apiKeyFile must begin with / or ~/"),
        (#"{"apiKeyFile":"~name/key"}"#, "Only ~ before a slash stands for the home folder"),
        (#"{"apiKeyFile":7}"#, "apiKeyFile must be the path"),
        (#"{"idPattern":"("}"#, "idPattern is no regular expression: missing closing parenthesis at byte 1."),
        (#"{"idPattern":7}"#, "idPattern must be"),
        (#"{"messages":"no"}"#, "messages must be true or false"),
    ])
    func anUnusableOptionIsNamed(options: String, fault: String) async throws {
        try await LSPRig().run { rig in
            try await rig.introduce(options: options)
            let message = try await rig.notification("window/showMessage")
            #expect(message["type"]?.integer == 1)
            #expect(message["message"]?.string?.contains(fault) == true, "\(message.jsonText)")
        }
    }

    @Test func theUsersPatternAndTheNoticesOfTheStart() async throws {
        var configuration = LSPServer.Configuration()
        configuration.notices = ["The journal is in use."]
        configuration.scenarios = ["success"]
        try await LSPRig(configuration: configuration).run { rig in
            try await rig.introduce(options: #"{"idPattern":"job-(\\d+)"}"#)
            #expect(try await rig.notification("window/showMessage")["message"]?.string == "The journal is in use.")
            rig.open("job-77 success-3s-x success")
            let titles = try await rig.feature("codeAction", line: 0, to: (1, 0)).texts("title")
            #expect(titles == ["Follow 2 covers"])
            #expect(
                try await rig.feature("hover", line: 0, character: 5)["contents"]?["value"]?.string?.contains("77")
                    == true
            )
        }
    }

    @Test func aPatternThatTakesTooLongIsNamedOnce() async throws {
        try await LSPRig().run { rig in
            try await rig.introduce(options: #"{"idPattern":"(?:a+)+!|job-\\d+"}"#)
            let slow = String(repeating: "a", count: 1000)
            rig.open("job-1\n\(slow)\n\(Self.id)")
            let message = try await rig.notification("window/showMessage")
            #expect(message["type"]?.integer == 2)
            let text = try #require(message["message"]?.string)
            #expect(text.contains("initializationOptions: idPattern takes too long") && text.contains(LSPRig.uri))
            #expect(try await rig.feature("codeAction", line: 0, to: (9, 0)).texts("title") == ["Follow 2 covers"])
            rig.open(slow, uri: "file:///other")
            #expect(try await !rig.waiting().contains("window/showMessage"), "once")
        }
    }

    @Test func tracesHaveTheLevelThatTheClientWants() async throws {
        let source = ScriptedStatusSource { id, _ in
            var status = CoverStatus.scripted(id, .generating)
            status.callbackUrl = "https://secret.example/hook"
            return status
        }
        try await LSPRig(source: source).run { rig in
            try await rig.introduce()
            rig.notify("$/setTrace", #"{"value":"verbose"}"#)
            _ = try await rig.execute("follow", "a")
            #expect(try await rig.notification("$/logTrace")["message"]?.string == "cover-bridge.follow of a")
            let change = try await rig.notification("$/logTrace")
            #expect(change["message"]?.string == "task a is generating")
            #expect(change["verbose"]?.string?.contains("generating") == true)
            #expect(change["verbose"]?.string?.contains("secret") == false, "a callback URL is in no log")
            rig.notify("$/setTrace", #"{"value":"off"}"#)
            _ = try await rig.execute("unfollow", "a")
            #expect(try await !rig.waiting().contains("$/logTrace"))
            rig.notify("$/setTrace", #"{"value":"loud"}"#)
            #expect(try await rig.notification("window/logMessage")["message"]?.string?.contains("$/setTrace") == true)
        }
    }
}
