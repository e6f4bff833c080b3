public import Jansson
import Synchronization

/// One JSON-RPC 2.0 session over a byte stream, from the first byte to the last.
///
/// It reads and writes on two threads of its own, answers what needs no waiting on the reader's thread, and makes a task of the rest.
/// It knows JSON-RPC, batches, cancellation and how a session ends, and no method: those are the handler's.
public final class Session: Sendable {
    public struct Configuration: Sendable {
        /// nil: told by the first byte, and nothing is written before it.
        public var framing: Framing?
        /// How the peer takes a request back.
        public var cancellation = Cancellation.languageServer
        /// Whether the id of a request may be null, as JSON-RPC has it.
        public var acceptsNullID = true
        /// The largest message that is taken, in bytes.
        public var maximumMessageBytes = 4 << 20
        /// From how many unwritten bytes on reading pauses.
        public var maximumQueuedBytes = 64 << 20
        /// How many requests may be in flight at once.
        public var maximumInFlight = 10_000
        /// How long the peer may read nothing while the queue is full.
        public var stallLimit: Duration = .seconds(300)
        /// How long a session that is told to stop may take to send what is queued.
        public var stopLimit: Duration = .milliseconds(1500)
        /// The codes of the errors that JSON-RPC leaves to the server.
        public var codes = ServerCodes()
        /// The name of the option that sets ``maximumMessageBytes``, for the error about a message that is too large.
        public var messageLimitName: String?

        public init() {}
    }

    /// Counters since the start, and what is there now.
    public struct Statistics: Sendable {
        public var requests = 0
        public var notifications = 0
        public var errors = 0
        public var inFlight = 0
        public var queuedBytes = 0
    }

    enum Event {
        case drained
        case exit(afterShutdown: Bool)
        case stop
        case outputFailed
        case hungUp
        case outputFull
        case outputMoves
        case stalled
        case flushed
    }

    enum Phase {
        case open
        /// ``shutDown()`` was called.
        case shutDown
        /// Nothing that comes now is begun any more.
        case ending
    }

    struct State {
        var phase = Phase.open
        var inFlight = InFlightTable()
        /// The requests whose tasks the reader's thread is yet to start. Those that were taken back are not in the table any more.
        var waiting: [(id: RequestID, requestNumber: UInt64)] = []
        /// Requests that were taken in and whose responses are not queued yet.
        var unanswered = 0
        /// The end of the session, which waits until every request is answered.
        var answeredWaiter: CheckedContinuation<Void, Never>?
        var inputEnded = false
        /// What reading failed with, where the input did not end by itself.
        var inputFailure: TransportError?
        var hasStarted = false
        var statistics = Statistics()

        /// What every further request is refused with.
        func refusal(_ codes: ServerCodes) -> RPCError? {
            switch phase {
            case .open: nil
            case .shutDown: .shuttingDown
            case .ending: .ended(codes)
            }
        }
    }

    let configuration: Configuration
    let clock: any Clock<Duration>
    let transport: any Transport
    let handler: any SessionHandler
    let outbox: Outbox
    let state = Mutex(State())
    let events: AsyncStream<Event>
    let eventSource: AsyncStream<Event>.Continuation

    public init(
        transport: some Transport,
        handler: some SessionHandler,
        configuration: Configuration = Configuration(),
        clock: any Clock<Duration> = ContinuousClock()
    ) {
        self.configuration = configuration
        self.clock = clock
        self.transport = transport
        self.handler = handler
        let (events, eventSource) = AsyncStream.makeStream(of: Event.self)
        self.events = events
        self.eventSource = eventSource
        outbox = Outbox(
            transport: transport,
            framing: configuration.framing,
            maximumBytes: configuration.maximumQueuedBytes,
            onFailure: { _ in eventSource.yield(.outputFailed) },
            onFull: { eventSource.yield(.outputFull) }
        )
    }

    /// Sends a notification. Nothing waits: what the peer does not read is queued.
    public func notify(_ method: String, _ params: some JSONEncodable) {
        outbox.send(MessageWriter.notification(method, params))
    }

    /// From now on every request is refused; those in flight go on.
    public func shutDown() {
        state.withLock { if $0.phase == .open { $0.phase = .shutDown } }
    }

    /// The peer wants no more: ends the session, orderly where ``shutDown()`` came before. What has not begun never does.
    public func exit() {
        let isOrderly = beginEnding() != .open
        eventSource.yield(.exit(afterShutdown: isOrderly))
    }

    /// Ends the session from outside: requests in flight are answered with `shuttingDown`, what is queued is sent. What has not begun
    /// never does.
    public func stop() {
        _ = beginEnding()
        eventSource.yield(.stop)
    }

    /// Nobody reads what the session writes any more: ends it, without another word. What has not begun never does.
    public func hangUp() {
        _ = beginEnding()
        eventSource.yield(.hungUp)
    }

    /// - Returns: the phase before.
    private func beginEnding() -> Phase {
        state.withLock { state in
            defer { state.phase = .ending }
            return state.phase
        }
    }

    /// How many members a batch may have.
    public static var maximumBatch: Int { MessageParser.maximumBatch }
    /// How many arrays and objects may stand in each other in a message.
    public static var maximumDepth: Int { MessageParser.maximumDepth }

    public var statistics: Statistics {
        var statistics = state.withLock { state in
            state.statistics.inFlight = state.inFlight.count
            return state.statistics
        }
        statistics.queuedBytes = outbox.queuedBytes
        return statistics
    }
}
