import CoverAPI
import CoverFleet
import CoverJournal
import CoverModel
import CoverSandbox
import CoverService
import CoverWatch
import JSONRPC
import Logging
import Synchronization

/// The parts that work behind a frontend. They are built from the settings of the connection.
struct Bridge {
    let service: CoverService
    let client: CoverClient
    let engine: WatchEngine
    /// The reason why the journal is not used. It is nil if the journal is used, or if the settings name no journal.
    let journalFault: JournalError?

    init(
        endpoint: String,
        connection: Connection,
        session: Session.Configuration,
        onPeerProcess: @escaping @Sendable (Int32) -> Void = { _ in }
    ) throws {
        let timeline = Timeline.system
        // This check comes first. Otherwise a session would begin whose fleet is refused, and end with either code.
        try connection.fleetConnection()?.check()
        var journal: any WatchJournal = MemoryJournal(epoch: Self.freshEpoch(at: timeline.wallTime))
        var journalFault: JournalError?
        if let path = connection.journal {
            do { journal = try Self.journal(path: path, timeline: timeline) } catch let error as JournalError
                where error.kind == .inUse && connection.mayMissJournal
            { journalFault = error }
        }
        self.journalFault = journalFault
        // The client enters the fleet, so it comes after the journal: a refused journal leaves no new file of a fleet.
        let client = try Self.client(endpoint: endpoint, connection: connection, timeline: timeline)
        var engineConfiguration = WatchEngine.Configuration()
        engineConfiguration.defaultInterval = connection.waitInterval
        let intervals = Limits.intervals(inSandbox: connection.sandbox)
        engineConfiguration.intervals = .seconds(intervals.lowerBound)...(.seconds(intervals.upperBound))
        let engine = try WatchEngine(
            source: ClientStatusSource(client: client),
            journal: journal,
            timeline: timeline,
            configuration: engineConfiguration
        )
        var configuration = CoverService.Configuration(endpoint: endpoint)
        configuration.isSandbox = connection.sandbox
        configuration.defaultInterval = connection.defaultInterval
        configuration.session = session
        self.client = client
        self.engine = engine
        service = CoverService(
            client: client,
            engine: engine,
            journal: journal,
            timeline: timeline,
            configuration: configuration,
            onPeerProcess: onPeerProcess
        )
    }

    private static func journal(path: String, timeline: Timeline) throws -> SQLiteJournal {
        let opened = OpenedJournal()
        // This is registered first, so that an end that comes while the file is being made leaves a whole file.
        ProcessEnd.before { status in
            // A refused option, such as a Redis that refuses the password, must not leave a new file.
            opened.journal.withLock { $0?.close(isKept: !status.isRefusal) { Failure($0).report() } }
        }
        return try opened.journal.withLock { opened in
            let journal = try SQLiteJournal(path: path, timeline: timeline)
            opened = journal
            return journal
        }
    }

    /// The journal that the end of the process closes.
    private final class OpenedJournal: Sendable {
        let journal = Mutex<SQLiteJournal?>(nil)
    }

    /// - Parameters:
    ///   - endpoint: the address of the API.
    ///   - connection: how the API is used.
    ///   - joinsFleet: whether this process is a bridge of its fleet, if it has one.
    /// - Throws: `CoverError`; ``Failure`` if the fleet has no valid address.
    static func client(
        endpoint: String,
        connection: Connection,
        joinsFleet: Bool = true,
        timeline: Timeline = .system
    ) throws -> CoverClient {
        var configuration = CoverClient.Configuration(endpoint: endpoint, credentials: connection.credentials)
        configuration.webhookCredentials = connection.webhookCredentials
        configuration.rate = connection.rate ?? Limits.rate
        configuration.recordAPI = connection.recordAPI
        let fleet = try joinsFleet ? connection.fleetConnection() : nil
        let member = fleet.map { FleetMember($0, configuration, timeline) }
        do throws(CoverError) {
            let client = try CoverClient(
                configuration: configuration,
                exchange: AsyncHTTPExchange(settings: connection.network, endpoint: endpoint),
                fleet: member,
                timeline: timeline,
                logger: Logger(label: "client")
            )
            if let fleet { member?.enter(fleet, of: client) }
            return client
        } catch {
            // The client refused the endpoint.
            var error = error
            if let source = connection.endpointSource { error.message = "\(source): \(error.message)" }
            throw error
        }
    }

    /// Runs `body` with the endpoint. With `--sandbox`, the endpoint is a sandbox that runs until the process ends.
    static func withEndpoint(
        _ connection: Connection,
        _ body: @escaping @Sendable (_ endpoint: String) async throws -> Void
    ) async throws {
        guard connection.sandbox else { return try await body(connection.chosenEndpoint) }
        if try connection.fleetConnection() != nil {
            StandardError.write(
                "cover-bridge: with --sandbox each process has an API of its own, so that bridges do not meet in the fleet. "
                    + "Run \"cover-bridge sandbox --port 8080\", and give --endpoint http://127.0.0.1:8080.\n"
            )
        }
        let webhookKey = try connection.webhookKeyFile.map(InputFile.webhookKey)
        for try await port in SandboxServer.started(webhookKey: webhookKey) {
            return try await body("http://127.0.0.1:\(port)")
        }
    }

    private static func freshEpoch(at time: Timestamp) -> String {
        String(UInt64(bitPattern: time.milliseconds), radix: 36) + "-"
            + String(UInt32.random(in: 0 ... .max), radix: 36)
    }
}
