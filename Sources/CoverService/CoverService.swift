package import CoverAPI
package import CoverModel
package import CoverWatch
package import JSONRPC
import Jansson
import Synchronization

/// The methods of the protocol, which use the client and the watch engine. Each process has one such service for its
/// frontend.
package final class CoverService: Sendable {
    package struct Configuration: Sendable {
        /// The address of the API, which the peer gets in an answer.
        package var endpoint: String
        /// Whether the API is the sandbox.
        package var isSandbox = false
        /// The interval of a watch if the call names no interval.
        package var defaultInterval: Duration = .seconds(Limits.interval)
        /// The configuration of the session, whose limits the peer gets in an answer.
        package var session = Session.Configuration()

        package init(endpoint: String) { self.endpoint = endpoint }

        /// The allowed intervals, in seconds.
        var intervals: ClosedRange<Double> { Limits.intervals(inSandbox: isSandbox) }
    }

    package let client: CoverClient
    package let engine: WatchEngine
    let journal: any WatchJournal
    package let timeline: Timeline
    package let configuration: Configuration
    let startedAt: Duration
    /// Called with the process id that the peer sends. The death of that process ends the bridge.
    private let onPeerProcess: @Sendable (Int32) -> Void
    private let isInitialized = Mutex(false)

    package init(
        client: CoverClient,
        engine: WatchEngine,
        journal: any WatchJournal,
        timeline: Timeline,
        configuration: Configuration,
        onPeerProcess: @escaping @Sendable (Int32) -> Void = { _ in }
    ) {
        self.client = client
        self.engine = engine
        self.journal = journal
        self.timeline = timeline
        self.configuration = configuration
        self.onPeerProcess = onPeerProcess
        startedAt = timeline.now
        client.onReading { [weak engine] taskId, reading in engine?.observe(taskId, reading) }
        client.onFleetEvent { [weak engine] event in engine?.handle(event) }
    }

    /// Records that the peer has sent `initialize`.
    ///
    /// - Throws: `invalidRequest` if the peer has sent `initialize` before.
    package func initialize(apiKey: APIKey?, processId: Int32?) throws(RPCError) {
        let isFirst = isInitialized.withLock { isInitialized in
            defer { isInitialized = true }
            return !isInitialized
        }
        guard isFirst else { throw .invalidRequest("initialize was sent before; it is sent once, or not at all") }
        if let apiKey { client.use(apiKey) }
        if let processId { onPeerProcess(processId) }
    }
}

extension CoverService: Frontend {
    package func answer(_ request: Call, in session: Session) -> Outcome {
        guard let method = MethodTable.method(request.method) else {
            return .failure(.methodNotFound(request.method))
        }
        return method.outcome(Arguments(request.parameters, declared: method.parameters), self, session)
    }

    /// Calls a method for a frontend that needs the value itself and not its JSON.
    ///
    /// - Parameter onProgress: receives the progress of a download, for a frontend that reports it in its own way.
    package func answer<Method: BridgeMethod>(
        _ method: Method.Type,
        _ parameters: Parameters,
        in session: Session,
        onProgress: (@Sendable (DownloadProgress) -> Void)? = nil
    ) throws(RPCError) -> Answer<Method.Value> {
        let arguments = Arguments(parameters, declared: method.parameters, onProgress: onProgress)
        return try method.answer(arguments, self, session)
    }

    package func receive(_ notification: Call, in session: Session) {
        if notification.method == Exit.name { session.exit() }
    }
}

extension CoverService {
    /// Runs work that a frontend starts itself. Errors of the work are translated into errors of the protocol.
    package func later(_ work: @escaping @Sendable () async throws -> Reply) -> Outcome {
        .later { do { return try await work() } catch { throw RPCError(translating: error) ?? error } }
    }

    /// Runs work that takes effect before the next message is read. Errors of the work are translated into errors of
    /// the protocol.
    func now<Value>(_ work: () throws -> Value) throws(RPCError) -> Value {
        do { return try work() } catch {
            throw RPCError(translating: error) ?? .internalError("the call failed for an unknown reason")
        }
    }
}

extension RPCError {
    /// Translates an error into an error of the protocol. The result is nil for an error that the protocol cannot
    /// express.
    init?(translating error: any Error) {
        switch error {
        case let error as CoverError: self.init(error)
        case let timeout as WaitTimeout: self.init(timeout)
        case let error as JournalError: self = .internalError(error.message)
        default: return nil
        }
    }
}
