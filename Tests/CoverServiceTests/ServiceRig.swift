import APITestSupport
import CoverAPI
import CoverModel
import CoverService
import CoverWatch
import JSONRPC
import Jansson
import Synchronization
import TestSupport
import Testing

/// The service for tests, with a scripted API, a session in memory whose messages are lines, and a clock that stands
/// still.
final class ServiceRig: Sendable {
    let clock = ManualClock()
    /// The scripted API for single queries, downloads and the account.
    let exchange: ScriptedExchange
    /// The scripted API for watches and waits.
    let source: ScriptedStatusSource
    let engine: WatchEngine
    let peer: LineClient
    private let processes = PeerProcesses()
    private let session: Session

    private final class PeerProcesses: Sendable {
        let all = Mutex<[Int32]>([])
    }

    /// - Parameter source: the API for watches and waits. Nil means that watches poll through the client, as in the
    ///   bridge.
    init(
        isSandbox: Bool = false,
        key: String? = "k-environment",
        source: ScriptedStatusSource? = ScriptedStatusSource(states: [.pending]),
        journal: any WatchJournal = MemoryJournal(epoch: "test"),
        exchange: ScriptedExchange
    ) throws {
        self.exchange = exchange
        self.source = source ?? ScriptedStatusSource(states: [.pending])
        let timeline = clock.timeline()
        var clientConfiguration = CoverClient.Configuration(
            credentials: Credentials(environment: key.flatMap { APIKey($0) })
        )
        clientConfiguration.rate = 1_000_000
        let client = try CoverClient(configuration: clientConfiguration, exchange: exchange, timeline: timeline)
        engine = try WatchEngine(
            source: source ?? ClientStatusSource(client: client),
            journal: journal,
            timeline: timeline,
            configuration: .fast,
            seed: 7
        )
        var configuration = CoverService.Configuration(endpoint: "https://api.kie.ai")
        configuration.isSandbox = isSandbox
        let service = CoverService(
            client: client,
            engine: engine,
            journal: journal,
            timeline: timeline,
            configuration: configuration,
            onPeerProcess: { [processes] process in processes.all.withLock { $0.append(process) } }
        )
        let (near, far) = InMemoryTransport.pair()
        session = Session(transport: near, handler: service, clock: clock)
        peer = LineClient(far)
    }

    convenience init(
        isSandbox: Bool = false,
        key: String? = "k-environment",
        source: ScriptedStatusSource = ScriptedStatusSource(states: [.pending]),
        journal: any WatchJournal = MemoryJournal(epoch: "test"),
        answers: [ScriptedExchange.Reply] = [.json(ServiceRig.envelope(ServiceRig.record))]
    ) throws {
        try self.init(
            isSandbox: isSandbox,
            key: key,
            source: source,
            journal: journal,
            exchange: ScriptedExchange(answers)
        )
    }

    /// The process ids that the peer has sent.
    var peerProcesses: [Int32] { processes.all.withLock(\.self) }

    /// Runs the session and the engine while `body` runs.
    func run(_ body: (ServiceRig) async throws -> Void) async throws {
        try await withThrowingTaskGroup { group in
            group.addTask { [engine, session] in
                do { try await engine.run { CoverService.emit($0, $1, to: session) } } catch is CancellationError {}
            }
            group.addTask { [session] in _ = try await session.run() }
            defer { group.cancelAll() }
            try await body(self)
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    func send(_ method: String, _ params: String? = nil, id: String? = nil) {
        let id = id.map { #""id":\#($0),"# } ?? ""
        let params = params.map { #","params":\#($0)"# } ?? ""
        peer.send(#"{"jsonrpc":"2.0",\#(id)"method":"\#(method)"\#(params)}"#)
    }

    /// The next message of the service.
    func message() async throws -> JSONValue {
        try JSONValue(parsing: try #require(await peer.line()))
    }

    /// Sends a request, and returns the next message, which must be its response.
    func call(_ method: String, _ params: String? = nil) async throws -> JSONValue {
        send(method, params, id: #""call""#)
        let message = try await message()
        #expect(message["id"]?.string == "call", "\(message.jsonText)")
        return message
    }

    static let record = """
        {"taskId":"t-1","parentTaskId":"m-1","successFlag":1,"errorCode":200,
        "createTime":"2025-01-15T10:33:01.000Z","completeTime":"2025-01-15T10:35:27.000Z",
        "response":{"images":["https://example.com/1.png","https://example.com/2.png"]}}
        """

    static func envelope(_ data: String, code: Int = 200, message: String = "success") -> String {
        #"{"code":\#(code),"msg":"\#(message)","data":\#(data)}"#
    }
}
