public import Jansson
import Synchronization

/// One JSON-RPC 2.0 session over a byte stream, from the first byte to the last.
///
/// A session reads and writes on two threads of its own. A request that needs no waiting is answered on the reader's
/// thread. For each other request, the session starts a task. The session implements JSON-RPC, batches, cancellation
/// and the end of a session. The methods belong to the handler.
public final class Session: Sendable {
    /// The settings of a session.
    public struct Configuration: Sendable {
        /// The framing. Nil means that the first byte of the peer decides it. Until that byte arrives, nothing is
        /// written.
        public var framing: Framing?
        /// How the peer cancels a request.
        public var cancellation = Cancellation.languageServer
        /// Whether the id of a request may be null, as JSON-RPC allows.
        public var acceptsNullID = true
        /// Whether U+FFFD replaces the invalid parts of the text of a message. These are bytes that are not UTF-8, and
        /// halves of surrogate pairs. If false, such a message is an invalid request.
        public var repairsText = false
        /// The largest message that is accepted, in bytes.
        public var maximumMessageBytes = 4 << 20
        /// Reading pauses while more than this many bytes are unwritten.
        public var maximumQueuedBytes = 64 << 20
        /// How many requests of the peer may be in flight at the same time.
        public var maximumInFlight = 10_000
        /// How many requests of this side may wait for answers of the peer at the same time.
        public var maximumOutgoing = 1_000
        /// How long the peer may read nothing while the queue is full. After this time the session ends.
        public var stallLimit: Duration = .seconds(300)
        /// How long a session that stops may take to send the queued messages.
        public var stopLimit: Duration = .milliseconds(1500)
        /// The codes of the errors for which JSON-RPC lets each server choose a code.
        public var codes = ServerCodes()
        /// The name of the option that sets ``maximumMessageBytes``. The error for a message that is too large names
        /// it.
        public var messageLimitName: String?
        /// Removes secrets from the JSON of an error, because an error may repeat what the peer sent.
        package var redactsError: @Sendable (_ json: [UInt8]) -> [UInt8] = { $0 }

        /// The answer to a frame that is no message.
        package func answer(to fault: FrameFault) -> [UInt8] {
            MessageWriter.error(redactsError(RPCError(fault, limitName: messageLimitName).jsonBytes), id: nil)
        }

        /// The answer to an invalid message; nil if the message is valid, or if it gets no answer.
        package func answer(toInvalid message: UnsafeRawBufferPointer) -> [UInt8]? {
            guard case .single(.invalid(let id, let error)) = unsafe MessageParser.parse(message, cancellation) else {
                return nil
            }
            return MessageWriter.error(redactsError(error.jsonBytes), id: unsafe id.map(Array.init))
        }

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
        /// The requests whose tasks the reader's thread has not started yet. A request that was cancelled in the
        /// meantime is still in this list, but no longer in `inFlight`.
        var waiting: [(id: RequestID, requestNumber: UInt64)] = []
        /// Accepted requests whose responses are not queued yet.
        var unanswered = 0
        /// Resumes the end of the session, which waits until every request is answered.
        var answeredWaiter: CheckedContinuation<Void, Never>?
        var inputEnded = false
        /// The error of reading; nil if the input ended normally.
        var inputFailure: TransportError?
        var hasStarted = false
        /// What the requests that the end of the session cut off may have done.
        var openEffects: [String] = []
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

    /// Sends a notification. This method never waits. If the peer does not read, the notification is queued.
    public func notify(_ method: String, _ params: some JSONEncodable) {
        outbox.send(MessageWriter.notification(method, params))
    }

    /// Refuses every further request. Requests in flight continue.
    public func shutDown() {
        state.withLock { if $0.phase == .open { $0.phase = .shutDown } }
    }

    /// Ends the session because the peer sent `exit`. The end is orderly if ``shutDown()`` was called before. Work that
    /// has not begun does not begin any more.
    public func exit() {
        let isOrderly = beginEnding() != .open
        eventSource.yield(.exit(afterShutdown: isOrderly))
    }

    /// Ends the session at the request of this process. Requests in flight are answered with `shuttingDown`, and queued
    /// messages are sent. Work that has not begun does not begin any more.
    public func stop() {
        _ = beginEnding()
        eventSource.yield(.stop)
    }

    /// What the requests that the end of the session cut off may have done, in sentences. Their callers learn it from
    /// their errors, if they still read.
    public var openEffects: [String] { state.withLock(\.openEffects) }

    /// Ends the session because the peer no longer reads. Nothing more is written, and work that has not begun does not
    /// begin any more.
    public func hangUp() {
        _ = beginEnding()
        eventSource.yield(.hungUp)
    }

    /// - Returns: the phase before this call.
    private func beginEnding() -> Phase {
        defer { endRequests() }
        return state.withLock { state in
            defer { state.phase = .ending }
            return state.phase
        }
    }

    /// The most members that a batch may have.
    public static var maximumBatch: Int { MessageParser.maximumBatch }
    /// How many levels of arrays and objects a message may have.
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
