package import CoverAPI
package import CoverModel
package import CoverWatch
package import JSONRPC
import Jansson
import Synchronization

/// Where the methods of the protocol meet the client and the watch engine. One for a process, whatever its frontend.
package final class CoverService: Sendable {
    package struct Configuration: Sendable {
        /// Where the API is, as told to the peer.
        package var endpoint: String
        /// Whether that is the sandbox.
        package var isSandbox = false
        /// The interval of a watch that names none.
        package var defaultInterval: Duration = .seconds(Limits.interval)
        /// Limits of the session, as told to the peer.
        package var session = Session.Configuration()

        package init(endpoint: String) { self.endpoint = endpoint }

        /// What `interval` may be, in seconds.
        var intervals: ClosedRange<Double> { Limits.intervals(inSandbox: isSandbox) }
    }

    package let client: CoverClient
    package let engine: WatchEngine
    let journal: any WatchJournal
    package let timeline: Timeline
    package let configuration: Configuration
    let startedAt: Duration
    /// Called with the process that the peer says it is, whose death ends the bridge.
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
    }

    /// Notes that the peer has introduced itself.
    ///
    /// - Throws: `invalidRequest` where it has done so before.
    func initialize(apiKey: APIKey?, processId: Int32?) throws(RPCError) {
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

    /// Has a method answer for a frontend that makes something of the value.
    ///
    /// - Parameter onProgress: called with how far a download is, for a frontend that reports progress in its own way.
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
    /// Runs what waits for a frontend of its own accord, and gives its errors as those of the protocol.
    package func later(_ work: @escaping @Sendable () async throws -> Reply) -> Outcome {
        .later { do { return try await work() } catch { throw RPCError(translating: error) ?? error } }
    }

    /// Does what takes effect before the next message is read, and gives its errors as those of the protocol.
    func now<Value>(_ work: () throws -> Value) throws(RPCError) -> Value {
        do { return try work() } catch {
            throw RPCError(translating: error) ?? .internalError("the call failed for a reason that has no name yet")
        }
    }
}

extension RPCError {
    /// nil for what means nothing in the protocol.
    init?(translating error: any Error) {
        switch error {
        case let error as CoverError: self.init(error)
        case let timeout as WaitTimeout: self.init(timeout)
        case let error as JournalError: self = .internalError(error.message)
        default: return nil
        }
    }
}
