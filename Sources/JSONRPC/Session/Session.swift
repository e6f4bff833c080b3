public import Jansson
import Synchronization

/// One JSON-RPC 2.0 session over a byte stream, from the first byte to the last.
///
/// It reads and writes on two threads of its own. It answers requests that need no waiting on the reader's thread, and
/// starts a task for each other request. It implements JSON-RPC, batches, cancellation and the end of a session. It
/// knows no methods: those belong to the handler.
public final class Session: Sendable {
    /// The settings of a session.
    public struct Configuration: Sendable {
        /// The framing. Nil: the first byte of the peer decides, and nothing is written before it.
        public var framing: Framing?
        /// How the peer cancels a request.
        public var cancellation = Cancellation.languageServer
        /// Whether the id of a request may be null, as JSON-RPC allows.
        public var acceptsNullID = true
        /// Whether U+FFFD replaces what is no Unicode text in a message: bytes that are not UTF-8, and halves of surrogate
        /// pairs. Otherwise such a message is a parse error.
        public var repairsText = false
        /// The largest message that is accepted, in bytes.
        public var maximumMessageBytes = 4 << 20
        /// Reading pauses while more than this many bytes are unwritten.
        public var maximumQueuedBytes = 64 << 20
        /// How many requests of the peer may be in flight at once.
        public var maximumInFlight = 10_000
        /// How many requests of this side may wait for the peer's answers at once.
        public var maximumOutgoing = 1_000
        /// How long the peer may read nothing while the queue is full.
        public var stallLimit: Duration = .seconds(300)
        /// How long a stopping session may take to send what is queued.
        public var stopLimit: Duration = .milliseconds(1500)
        /// The codes of the errors that JSON-RPC leaves to the server.
        public var codes = ServerCodes()
        /// The name of the option that sets ``maximumMessageBytes``. The error for a message that is too large names
        /// it.
        public var messageLimitName: String?

        /// The default settings.
        public init() {}
    }

    /// Counters since the start of the session, and current levels.
    public struct Statistics: Sendable {
        /// Requests received since the start.
        public var requests = 0
        /// Notifications received since the start.
        public var notifications = 0
        /// Error responses sent since the start.
        public var errors = 0
        /// Requests in flight now.
        public var inFlight = 0
        /// Requests of this side that wait for the peer's answer now.
        public var outgoing = 0
        /// Bytes queued for the peer now.
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
        /// The session is ending: no new work begins.
        case ending
    }

    struct State {
        var phase = Phase.open
        var inFlight = InFlightTable()
        var outgoing = OutgoingTable()
        /// The requests whose tasks the reader's thread has not started yet. A cancelled one is no longer in
        /// `inFlight`.
        var waiting: [(id: RequestID, requestNumber: UInt64)] = []
        /// Accepted requests whose responses are not queued yet.
        var unanswered = 0
        /// The end of the session. It waits until every request is answered.
        var answeredWaiter: CheckedContinuation<Void, Never>?
        var inputEnded = false
        /// The error of reading; nil if the input ended normally.
        var inputFailure: TransportError?
        var hasStarted = false
        var statistics = Statistics()

        /// The error for every further request; nil while requests are accepted.
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

    /// - Parameters:
    ///   - transport: the byte stream to the peer.
    ///   - handler: answers the calls.
    ///   - configuration: the settings.
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

    /// Sends a notification. It never waits: what the peer does not read is queued.
    public func notify(_ method: String, _ params: some JSONEncodable) {
        outbox.send(MessageWriter.notification(method, params))
    }

    /// Refuses every further request. Requests in flight continue.
    public func shutDown() {
        state.withLock { if $0.phase == .open { $0.phase = .shutDown } }
    }

    /// Ends the session because the peer sent `exit`. The end is orderly if ``shutDown()`` came before. Work that has
    /// not begun never begins.
    public func exit() {
        let isOrderly = beginEnding() != .open
        eventSource.yield(.exit(afterShutdown: isOrderly))
    }

    /// Ends the session from outside. Requests in flight are answered with `shuttingDown`, and what is queued is sent.
    /// Work that has not begun never begins.
    public func stop() {
        _ = beginEnding()
        eventSource.yield(.stop)
    }

    /// Ends the session because the peer no longer reads. Nothing more is written, and work that has not begun never
    /// begins.
    public func hangUp() {
        _ = beginEnding()
        eventSource.yield(.hungUp)
    }

    /// - Returns: the previous phase.
    private func beginEnding() -> Phase {
        defer { endRequests() }
        return state.withLock { state in
            defer { state.phase = .ending }
            return state.phase
        }
    }

    /// The most members that a batch may have.
    public static var maximumBatch: Int { MessageParser.maximumBatch }
    /// How deep arrays and objects may nest in a message.
    public static var maximumDepth: Int { MessageParser.maximumDepth }

    /// The counters since the start, and the current levels.
    public var statistics: Statistics {
        var statistics = state.withLock { state in
            state.statistics.inFlight = state.inFlight.count
            state.statistics.outgoing = state.outgoing.count
            return state.statistics
        }
        statistics.queuedBytes = outbox.queuedBytes
        return statistics
    }
}
