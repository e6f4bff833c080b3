import ArgumentParser
import CoverAPI
import CoverService
import CoverWatch
import Dispatch
import JSONRPC
import Logging
import ServiceLifecycle
import Synchronization
import UnixSignals

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The bridge on stdin and stdout.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "The bridge on stdin and stdout.",
        usage: "cover-bridge serve [options]",
        discussion: """
            Example:
              echo '{"jsonrpc":"2.0","id":1,"method":"ping"}' | cover-bridge serve
            """
    )

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var session: SessionOptions
    @OptionGroup var logging: LogOptions
    @Option(
        help: ArgumentHelp("Write the session there, without keys; see replay.", valueName: "file"),
        completion: .file()
    )
    var record: String?

    func run() async throws {
        let streams = try StandardStreams.claim()
        logging.apply()
        if isatty(STDIN_FILENO) == 1 {
            StandardError.write(
                "cover-bridge: waiting for JSON-RPC 2.0 requests on stdin, one a line; see cover-bridge --help\n"
            )
        }
        let end = Mutex<SessionEnd?>(nil)
        let command = self
        try await Bridge.withEndpoint(connection.client) { endpoint in
            let reason = try await command.serve(streams, endpoint)
            end.withLock { $0 = reason }
        }
        endProcess(with: ExitStatus(end.withLock(\.self) ?? .stopped))
    }

    private func serve(_ streams: DescriptorTransport, _ endpoint: String) async throws -> SessionEnd {
        let peer = Peer()
        let bridge = try Bridge(
            endpoint: endpoint,
            options: connection,
            session: session.configuration,
            onPeerProcess: peer.watch
        )
        var transport: any Transport = streams
        if let record {
            transport = try RecordingTransport(
                streams,
                path: record,
                session: self.session.configuration,
                interval: connection.interval
            )
        }
        let session = Session(transport: transport, handler: bridge.service, configuration: session.configuration)
        peer.attach(session)
        peer.watch(ProcessWatch.parent)
        if let process = self.session.clientProcessId { peer.watch(process) }
        try streams.onHangUp { session.hangUp() }

        let face = SessionService(session: session)
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [
                    .init(service: EngineService(engine: bridge.engine) { CoverService.tell($0, to: session) }),
                    .init(service: face, successTerminationBehavior: .gracefullyShutdownGroup),
                ],
                gracefulShutdownSignals: [.sigterm, .sigint, .sighup],
                logger: Logger(label: "lifecycle") { _ in SwiftLogNoOpLogHandler() }
            )
        )
        try await group.run()
        return face.end ?? .stopped
    }
}

extension ExitStatus {
    fileprivate init(_ end: SessionEnd) {
        switch end {
        case .exit(afterShutdown: false): self = .failed
        case .peerStalled: self = .stalled
        default: self = .done
        }
    }
}

/// The session as a service: it stops when its group is told to.
private final class SessionService: Service {
    private let session: Session
    private let reason = Mutex<SessionEnd?>(nil)

    /// Why the session ended, once it has.
    var end: SessionEnd? { reason.withLock(\.self) }

    init(session: Session) { self.session = session }

    func run() async throws {
        let end = try await withGracefulShutdownHandler {
            try await session.run()
        } onGracefulShutdown: {
            self.session.stop()
        }
        reason.withLock { $0 = end }
        if end == .peerStalled {
            StandardError.write("cover-bridge: the peer has read nothing for 5 minutes; giving up. Read stdout.\n")
        }
        LastResort.exit(with: ExitStatus(end), afterMilliseconds: 300)
    }
}

/// The processes whose death ends the session.
private final class Peer: Sendable {
    private let session = Mutex<Session?>(nil)

    func attach(_ session: Session) { self.session.withLock { $0 = session } }

    @Sendable func watch(_ process: Int32) {
        try? ProcessWatch.onDeath(of: process) {
            // Nobody is left to read; a sibling that holds the pipe must not hold us.
            LastResort.exit(with: .done, afterMilliseconds: 800)
            self.session.withLock(\.self)?.stop()
        }
    }
}

/// Ends the process though something hangs.
private enum LastResort {
    static func exit(with status: ExitStatus, afterMilliseconds milliseconds: Int) {
        DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(milliseconds)) { endProcess(with: status) }
    }
}
