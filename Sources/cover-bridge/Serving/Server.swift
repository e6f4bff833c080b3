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
    /// The name of the input that the process expects, for a message to a user who started the process on a terminal.
    var expected = "JSON-RPC 2.0 requests"
    /// How a peer may send the API key. Nil means that a peer cannot send a key.
    var peersKey: String? = "as apiKey in the initialize request"
    let connection: Connection
    let session: Session.Configuration
    /// A process whose death ends the bridge, in addition to the parent.
    var clientProcess: Int32?
    /// Whether the process that the peer names is on this machine. If it is, an unknown process counts as dead.
    var isPeerHere = false
    /// The settings that say what is logged, and in which form.
    var log = StderrLogHandler.Settings()
    /// The file that records the session; nil for none.
    var recording: String?

    /// Takes the standard streams, serves the peer, and ends the process when the session ends. Call this on the main
    /// thread. The main thread then waits for signals.
    func run() -> Never {
        StderrLogHandler.bootstrap(log)
        do {
            try connection.checkFiles(recording: recording)
            try connection.checkNetwork()
        } catch {
            Failure(error).exit()
        }
        StopSignals.hold()
        let stop = StopRequest()
        do {
            // This check comes first. Otherwise the command could order a cover whose result would be lost.
            try StandardOutput.check()
            try StandardInput.check()
            try StandardInput.reserve(for: "the requests", apartFrom: connection.readFiles)
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
            // After this time, the first requests of a waiting client have been answered. Only then does the process
            // give back the pages of the program that it has not changed.
            StopSignals.wait(milliseconds: 100, stop.take(signal:))
            cprocess_give_back_start()
        #endif
        StopSignals.wait(stop.take(signal:))
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
        let streams: DescriptorTransport
        let stop: StopRequest
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
        // A refused recording leaves no new journal and no new file of a fleet.
        let recordingFile = try recording.map(RecordingFile.init)
        let bridge = try Bridge(
            endpoint: endpoint,
            connection: connection,
            session: session,
            onPeerProcess: { [isPeerHere] in stop.onDeath(ofPeer: $0, isHere: isPeerHere) }
        )
        // Queries wait for the key in this case. Otherwise the watches of the journal would fail before the peer sends
        // the key.
        let awaitsKey = peersKey != nil && connection.journal != nil && !bridge.client.isGivenKey
        let frontend = AwaitedPeer(frontend: frontend(bridge), engine: bridge.engine, bringsKey: awaitsKey)
        // A peer may send a key, for example in the place of an id, before the first query, which would read the files
        // of the keys. No file of the bridge may contain the key.
        if recordingFile != nil || connection.journal != nil { bridge.client.readKeyFiles() }
        var transport: any Transport = streams
        var settings = session
        settings.redactsError = bridge.client.redacted
        if let recordingFile {
            transport = RecordingTransport(
                streams,
                file: recordingFile,
                session: settings,
                interval: connection.interval,
                redaction: Redaction(withoutKeys: bridge.client.redacting),
                report: { StandardError.write("cover-bridge: \($0)\n") }
            )
        }
        let session = Session(transport: transport, handler: frontend, configuration: settings)
        // This comes before the first answer. The client may end right after that answer, and its process number would
        // then be unknown.
        if let clientProcess { stop.onDeath(ofPeer: clientProcess, isHere: isPeerHere) }
        try session.start()
        stop.attach(session)
        return Opened(
            streams: streams,
            stop: stop,
            session: session,
            engine: bridge.engine,
            frontend: frontend
        )
    }

    /// Runs the session and the engine until one of them ends, and then ends the process.
    private static func run(_ opened: Opened) async -> Never {
        let session = opened.session
        let engine = Task {
            do {
                try await opened.engine.run { opened.frontend.emit($0, $1, to: session) }
            } catch let error where !(error is CancellationError) {
                // The journal cannot be written. The session stops, because changes that are not in the journal would
                // be lost.
                session.stop()
                throw error
            }
        }
        do {
            // The watches come after the start of the session. Their threads would delay the first answer.
            if let parent = ProcessStart.parent { opened.stop.onDeath(of: parent) }
            try opened.streams.onHangUp { session.hangUp() }
            let end = try await session.run()
            engine.cancel()
            switch await result(of: engine) {
            case .failure(let error) where !(error is CancellationError): throw error
            case nil:
                StandardError.write("cover-bridge: the journal's disk does not answer; its last entries are lost\n")
                // The registered work is dropped, because closing the journal would wait for the same disk.
                ProcessEnd.skipWork()
            default: break
            }
            if end == .peerStalled {
                StandardError.write("cover-bridge: stdout was not read for 5 minutes; giving up\n")
            }
            if case .outputUnread = end {
                StandardError.write("cover-bridge: stdout was not read at the end; the last messages are lost\n")
            }
            if end == .outputClosed, !session.openEffects.isEmpty {
                for effect in session.openEffects {
                    StandardError.write("cover-bridge: stdout has no reader any more. \(effect)\n")
                }
                endProcess(with: .readerGone)
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

    /// The result of the engine; nil if the engine does not end within a second. A disk that hangs must not keep the
    /// process running.
    private static func result(of engine: Task<Void, any Error>) async -> Result<Void, any Error>? {
        // This task is never cancelled, so an error means only that the time limit is over.
        try? await Timeline.system.within(.seconds(1)) { await engine.result }
    }
}

extension ExitStatus {
    fileprivate init(_ end: SessionEnd) {
        switch end {
        case .exit(afterShutdown: false): self = .failed
        case .outputFailed: self = .outputLost
        case .inputFailed: self = .fault
        case .peerStalled, .outputUnread(afterStop: false): self = .stalled
        default: self = .done
        }
    }
}
