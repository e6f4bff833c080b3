import CoverAPI
import CoverService
import CoverWatch
import JSONRPC

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The bridge on stdin and stdout, from the first byte to the exit code.
struct Server {
    let connection: Connection
    let session: Session.Configuration
    /// A process whose death ends the bridge, besides the parent's.
    let clientProcess: Int32?
    /// The file to write the session into.
    var recording: String?

    /// Takes the standard streams and serves, and ends the process with the session. To be called on the main thread, which then waits for
    /// signals.
    func run() -> Never {
        Allocator.tune()
        StopSignals.hold()
        let stop = StopRequest()
        do {
            let streams = try StandardStreams.claim()
            if isatty(STDIN_FILENO) == 1 {
                StandardError.write(
                    "cover-bridge: waiting for JSON-RPC 2.0 requests on stdin, one a line; see cover-bridge --help\n"
                )
            }
            if connection.sandbox {
                Task { await runInSandbox(streams, stop) }
            } else {
                let (session, bridge) = try open(streams, stop, endpoint: connection.chosenEndpoint)
                Task { await Self.run(session, bridge) }
            }
        } catch {
            Failure(error).exit()
        }
        StopSignals.wait { stop.send() }
    }

    private func runInSandbox(_ streams: DescriptorTransport, _ stop: StopRequest) async {
        do {
            try await Bridge.withEndpoint(connection) { endpoint in
                let (session, bridge) = try open(streams, stop, endpoint: endpoint)
                await Self.run(session, bridge)
            }
        } catch {
            Failure(error).exit()
        }
    }

    /// Begins to answer.
    private func open(
        _ streams: DescriptorTransport,
        _ stop: StopRequest,
        endpoint: String
    ) throws -> (Session, Bridge) {
        let bridge = try Bridge(
            endpoint: endpoint,
            connection: connection,
            session: session,
            onPeerProcess: stop.onDeath
        )
        var transport: any Transport = streams
        if let recording {
            transport = try RecordingTransport(
                streams,
                path: recording,
                session: session,
                interval: connection.interval
            )
        }
        let session = Session(transport: transport, handler: bridge.service, configuration: session)
        try session.start()
        stop.attach(session)
        stop.onDeath(of: ProcessWatch.parent)
        if let clientProcess { stop.onDeath(of: clientProcess) }
        try streams.onHangUp { session.hangUp() }
        return (session, bridge)
    }

    /// Runs the session and the engine until either ends, and then ends the process.
    private static func run(_ session: Session, _ bridge: Bridge) async -> Never {
        let engine = Task {
            do {
                try await bridge.engine.run { CoverService.tell($0, to: session) }
            } catch let error where !(error is CancellationError) {
                // A journal that cannot be written: better to stop than to tell what would be lost.
                session.stop()
                throw error
            }
        }
        do {
            let end = try await session.run()
            engine.cancel()
            if case .failure(let error) = await engine.result, !(error is CancellationError) { throw error }
            if end == .peerStalled {
                StandardError.write("cover-bridge: nobody has read stdout for 5 minutes; giving up\n")
            }
            endProcess(with: ExitStatus(end))
        } catch {
            Failure(error).exit()
        }
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
