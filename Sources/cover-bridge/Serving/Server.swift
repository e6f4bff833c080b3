import CoverAPI
import CoverModel
import CoverService
import CoverWatch
import JSONRPC
import SessionRecording

#if canImport(Glibc)
    import CProcess
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A frontend of the bridge on standard input and output, from the first byte to the exit code.
struct Server {
    /// Makes the frontend from the bridge.
    var frontend: @Sendable (Bridge) -> any Frontend = { $0.service }
    /// What the process waits for on standard input, for a user who started it on a terminal.
    var expected = "JSON-RPC 2.0 requests"
    /// How a peer may give the API key; nil: it may not.
    var peersKey: String? = "as apiKey in the initialize request"
    let connection: Connection
    let session: Session.Configuration
    /// A process whose death ends the bridge, in addition to the parent.
    var clientProcess: Int32?
    /// What is logged, and in which form.
    var log = StderrLogHandler.Settings()
    /// The file that records the session; nil for none.
    var recording: String?

    /// Takes the standard streams, serves, and ends the process with the session. Call this on the main thread, which
    /// then waits for signals.
    func run() -> Never {
        Allocator.tune()
        StderrLogHandler.bootstrap(log)
        do { try connection.checkNetwork() } catch { Failure(error).exit() }
        StopSignals.hold()
        let stop = StopRequest()
        do {
            // This check comes first, before anything is ordered whose result would be lost.
            try StandardOutput.check()
            try StandardInput.check()
            let streams = try StandardStreams.claim()
            if isatty(STDIN_FILENO) == 1 {
                StandardError.write(
                    "cover-bridge: waiting for \(expected) on stdin, one a line; see cover-bridge --help\n"
                )
            }
            if connection.sandbox {
                Task { await runInSandbox(streams, stop) }
            } else {
                let opened = try open(streams, stop, endpoint: connection.chosenEndpoint)
                Task { await Self.run(opened) }
            }
        } catch {
            Failure(error).exit()
        }
        #if canImport(Glibc)
            // By then the first requests are answered, if a client was waiting for that.
            StopSignals.wait(milliseconds: 100) { stop.send() }
            cprocess_give_back_start()
        #endif
        StopSignals.wait { stop.send() }
    }

    private func runInSandbox(_ streams: DescriptorTransport, _ stop: StopRequest) async {
        do {
            try await Bridge.withEndpoint(connection) { endpoint in
                await Self.run(try open(streams, stop, endpoint: endpoint))
            }
        } catch {
            Failure(error).exit()
        }
    }

    private struct Opened {
        let session: Session
        let engine: WatchEngine
        let frontend: any Frontend
    }

    /// Starts the session.
    private func open(
        _ streams: DescriptorTransport,
        _ stop: StopRequest,
        endpoint: String
    ) throws -> Opened {
        var connection = connection
        connection.peersKey = peersKey
        let bridge = try Bridge(
            endpoint: endpoint,
            connection: connection,
            session: session,
            onPeerProcess: stop.onDeath(ofPeer:)
        )
        // Without the key, the watches of the journal would fail before the key comes.
        let awaitsKey = peersKey != nil && connection.journal != nil && !bridge.client.isGivenKey
        let frontend = AwaitedPeer(frontend: frontend(bridge), engine: bridge.engine, bringsKey: awaitsKey)
        var transport: any Transport = streams
        if let recording {
            transport = try RecordingTransport(
                streams,
                path: recording,
                session: session,
                interval: connection.interval,
                // The sandbox's key is an ordinary word that its answers contain.
                redaction: connection.sandbox ? Redaction() : Redaction(withoutKeys: bridge.client.redacting),
                report: { StandardError.write("cover-bridge: \($0)\n") }
            )
        }
        let session = Session(transport: transport, handler: frontend, configuration: session)
        if let parent = ProcessStart.parent { stop.onDeath(of: parent) }
        // This comes before the first answer, because the client may die right after it and be unknown then.
        if let clientProcess { stop.onDeath(ofPeer: clientProcess) }
        try session.start()
        stop.attach(session)
        try streams.onHangUp { session.hangUp() }
        return Opened(session: session, engine: bridge.engine, frontend: frontend)
    }

    /// Runs the session and the engine until one of them ends, and then ends the process.
    private static func run(_ opened: Opened) async -> Never {
        let session = opened.session
        let engine = Task {
            do {
                try await opened.engine.run { opened.frontend.emit($0, $1, to: session) }
            } catch let error where !(error is CancellationError) {
                // The journal cannot be written. Stopping is better than emitting changes that would be lost.
                session.stop()
                throw error
            }
        }
        do {
            let end = try await session.run()
            engine.cancel()
            switch await result(of: engine) {
            case .failure(let error) where !(error is CancellationError): throw error
            case nil:
                StandardError.write("cover-bridge: the journal's disk does not answer; its last lines are lost\n")
                // Closing the journal would wait for the same disk.
                ProcessEnd.skipWork()
            default: break
            }
            if end == .peerStalled {
                StandardError.write("cover-bridge: stdout was not read for 5 minutes; giving up\n")
            }
            if case .outputFailed(let error) = end {
                let reason = FileError(code: error.code).reason
                StandardError.write("cover-bridge: cannot write the output: \(reason). Answers are lost.\n")
            }
            if case .inputFailed(let error) = end {
                StandardError.write("cover-bridge: \(StandardInput.fault(error.code))\n")
            }
            endProcess(with: ExitStatus(end))
        } catch {
            Failure(error).exit()
        }
    }

    /// How the engine ended; nil if that takes more than a second. A disk that hangs must not keep the process alive.
    private static func result(of engine: Task<Void, any Error>) async -> Result<Void, any Error>? {
        // This runs in a task that nothing cancels, so only the time limit ends the wait.
        try? await Timeline.system.within(.seconds(1)) { await engine.result }
    }
}

extension ExitStatus {
    fileprivate init(_ end: SessionEnd) {
        switch end {
        case .exit(afterShutdown: false): self = .failed
        case .outputFailed: self = .outputLost
        case .inputFailed: self = .fault
        case .peerStalled: self = .stalled
        default: self = .done
        }
    }
}
