import APITestSupport
import CoverAPI
import CoverLSP
import CoverModel
import CoverService
import CoverWatch
import JSONRPC
import Jansson
import TestSupport
import Testing

/// The language server for tests, with a scripted API, a client in memory that sends and reads lines, and a clock that
/// stands still.
final class LSPRig {
    static let uri = "file:///tmp/my%20covers/a.md"
    /// The capabilities of a modern client. Only capabilities that the server uses are here.
    static let modern = """
        {"general":{"positionEncodings":["utf-16","utf-8"]},
        "window":{"workDoneProgress":true,"showDocument":{"support":true}},
        "workspace":{"inlayHint":{"refreshSupport":true},"executeCommand":{},"configuration":true,
        "didChangeConfiguration":{"dynamicRegistration":true}},
        "textDocument":{"hover":{"contentFormat":["markdown","plaintext"]},"inlayHint":{},"codeLens":{},
        "codeAction":{"codeActionLiteralSupport":{"codeActionKind":{"valueSet":[]}}},"documentLink":{"tooltipSupport":true},
        "completion":{},"publishDiagnostics":{"versionSupport":true}}}
        """

    let clock = ManualClock()
    let source: ScriptedStatusSource
    let exchange: ScriptedExchange
    let engine: WatchEngine
    let peer: LineClient
    private let server: LSPServer
    private let session: Session
    /// Messages that have arrived and that the test has not read yet.
    private var inbox: [JSONValue] = []
    private var lastID = 0

    init(
        source: ScriptedStatusSource = ScriptedStatusSource(states: [.pending]),
        exchange: ScriptedExchange = ScriptedExchange([.silence]),
        journal: any WatchJournal = MemoryJournal(epoch: "test"),
        credentials: Credentials = Credentials(environment: APIKey("k-environment")),
        configuration: LSPServer.Configuration = LSPServer.Configuration()
    ) throws {
        (self.source, self.exchange) = (source, exchange)
        let timeline = clock.timeline()
        var clientConfiguration = CoverClient.Configuration(credentials: credentials)
        clientConfiguration.rate = 1_000_000
        let client = try CoverClient(configuration: clientConfiguration, exchange: exchange, timeline: timeline)
        engine = try WatchEngine(source: source, journal: journal, timeline: timeline, configuration: .fast, seed: 7)
        let service = CoverService(
            client: client,
            engine: engine,
            journal: journal,
            timeline: timeline,
            configuration: CoverService.Configuration(endpoint: "https://api.kie.ai")
        )
        server = LSPServer(service: service, configuration: configuration)
        let (near, far) = InMemoryTransport.pair()
        var session = Session.Configuration()
        session.framing = .newlineDelimited
        self.session = Session(transport: near, handler: server, configuration: session, clock: clock)
        peer = LineClient(far)
    }

    /// Runs the session and the engine while `body` runs.
    func run(_ body: (LSPRig) async throws -> Void) async throws {
        try await withThrowingTaskGroup { group in
            group.addTask { [engine, server, session] in
                do { try await engine.run { server.emit($0, $1, to: session) } } catch is CancellationError {}
            }
            group.addTask { [session] in _ = try await session.run() }
            defer { group.cancelAll() }
            try await body(self)
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    /// Sends `initialize` and `initialized`, and answers the first requests of the server.
    ///
    /// - Returns: the capabilities of the server.
    @discardableResult
    func introduce(_ capabilities: String = modern, options: String = "null") async throws -> JSONValue {
        let result = try await call(
            "initialize",
            #"{"capabilities":\#(capabilities),"initializationOptions":\#(options)}"#
        )
        notify("initialized", "{}")
        return try #require(result["capabilities"])
    }

    func open(_ text: String, uri: String = LSPRig.uri) {
        notify(
            "textDocument/didOpen",
            #"{"textDocument":{"uri":"\#(uri)","languageId":"markdown","version":1,"text":\#(text.jsonText)}}"#
        )
    }

    func notify(_ method: String, _ params: String) {
        peer.send(#"{"jsonrpc":"2.0","method":"\#(method)","params":\#(params)}"#.onOneLine)
    }

    /// Sends a request.
    ///
    /// - Returns: its response.
    func ask(_ method: String, _ params: String? = nil) async throws -> JSONValue {
        lastID += 1
        let params = params.map { #","params":\#($0)"# } ?? ""
        peer.send(#"{"jsonrpc":"2.0","id":\#(lastID),"method":"\#(method)"\#(params)}"#.onOneLine)
        return try await next { $0["method"] == nil && $0["id"]?.integer == Int64(self.lastID) }
    }

    /// The response to a request that the test has sent without ``ask(_:_:)``.
    func response(_ id: String) async throws -> JSONValue {
        try await next { $0["method"] == nil && $0["id"]?.string == id }
    }

    /// Sends a request that must get a result.
    func call(_ method: String, _ params: String? = nil) async throws -> JSONValue {
        let response = try await ask(method, params)
        return try #require(response["result"], "\(method): \(response.jsonText)")
    }

    /// Sends a request about the document, or about a place in the document.
    func feature(_ feature: String, line: Int? = nil, character: Int = 0, to end: (Int, Int)? = nil) async throws
        -> JSONValue
    {
        let start = line.map { #"{"line":\#($0),"character":\#(character)}"# }
        let position = start.map { #","position":\#($0)"# } ?? ""
        let (last, lastCharacter) = end ?? (line ?? 1000, character)
        let range =
            #","range":{"start":\#(start ?? #"{"line":0,"character":0}"#),"end":{"line":\#(last),"character":\#(lastCharacter)}}"#
        return try await call(
            "textDocument/\(feature)",
            #"{"textDocument":{"uri":"\#(Self.uri)"}\#(position)\#(range),"context":{"diagnostics":[]}}"#
        )
    }

    func execute(_ command: String, _ arguments: String...) async throws -> JSONValue {
        try await ask(
            "workspace/executeCommand",
            #"{"command":"cover-bridge.\#(command)","arguments":\#(arguments.jsonText)}"#
        )
    }

    /// The parameters of the next notification or request of this method. If the message is a request, the rig answers
    /// it with null.
    func notification(_ method: String) async throws -> JSONValue {
        let message = try await next { $0["method"]?.string == method }
        if let id = message["id"] { peer.send(#"{"jsonrpc":"2.0","id":\#(id.jsonText),"result":null}"#) }
        guard let params = message["params"] else { return try JSONValue(parsing: Array("null".utf8)) }
        return params
    }

    /// The methods of the unread messages. To know that all messages have arrived, the rig sends a request and waits
    /// for its response.
    func waiting() async throws -> [String] {
        _ = try await ask("workspace/executeCommand", #"{"command":"none"}"#)
        return inbox.compactMap { $0["method"]?.string }
    }

    private func next(_ isWanted: (JSONValue) -> Bool) async throws -> JSONValue {
        if let index = inbox.firstIndex(where: isWanted) { return inbox.remove(at: index) }
        while true {
            let message = try JSONValue(parsing: try #require(await peer.line(), "the session ended"))
            if isWanted(message) { return message }
            inbox.append(message)
        }
    }
}

extension String {
    fileprivate var onOneLine: String { split(separator: "\n").joined() }
}

extension JSONValue {
    /// For each element, the text at this path of members.
    func texts(_ path: String...) -> [String] {
        (elements ?? []).compactMap { element in path.reduce(element) { $0?[$1] }?.string }
    }
}
