public import CoverModel
public import Logging
import Synchronization

/// A client of the cover API. Everything in a process shares one client, with one budget of queries and one pool of
/// connections.
///
/// Errors are `CoverError` or `CancellationError`.
public final class CoverClient: Sendable {
    let configuration: Configuration
    let exchange: any HTTPExchange
    let timeline: Timeline
    let endpoint: Endpoint
    let keyring: Keyring
    let webhookKeyring: Keyring
    let limiter: RateLimiter
    let deadlines: Deadlines
    let flights = SingleFlight<TaskID, Reading>()
    let memory = StatusMemory()
    let marketTasks = MarketTasks()
    /// The tasks whose records are polled again after a callback.
    let announced = AnnouncedTasks()
    let counters = Mutex(ClientStatistics())
    let retryPolicy = RetryPolicy()
    let throttledCalls: Mutex<ThrottledCalls>
    /// Receives the readings of waiting callers; see ``onReading(_:)``.
    let reader = Mutex<(@Sendable (TaskID?, Reading) -> Void)?>(nil)
    /// The bridges that share this client's key; nil if there is no fleet.
    let fleet: (any QueryFleet)?
    /// Receives the events of the fleet; see ``onFleetEvent(_:)``.
    let fleetEventHandler = Mutex<(@Sendable (FleetEvent) -> Void)?>(nil)
    let random: @Sendable () -> Double
    let logger: Logger

    /// - Parameters:
    ///   - configuration: the settings.
    ///   - exchange: the network.
    ///   - random: numbers in 0..<1 for the jitter of retries.
    /// - Throws: `insecureEndpoint` for plain http to a host that is not this machine; `badRequest` for an invalid URL,
    ///   rate or burst.
    public convenience init(
        configuration: Configuration,
        exchange: any HTTPExchange,
        timeline: Timeline = .system,
        random: @escaping @Sendable () -> Double = { .random(in: 0..<1) },
        logger: Logger = Logger(label: "cover-api", factory: { _ in SwiftLogNoOpLogHandler() })
    ) throws(CoverError) {
        try self.init(
            configuration: configuration,
            exchange: exchange,
            fleet: nil,
            timeline: timeline,
            random: random,
            logger: logger
        )
    }

    /// A client in a fleet.
    ///
    /// - Throws: the same errors as ``init(configuration:exchange:timeline:random:logger:)``.
    package init(
        configuration: Configuration,
        exchange: any HTTPExchange,
        fleet: (any QueryFleet)?,
        timeline: Timeline = .system,
        random: @escaping @Sendable () -> Double = { .random(in: 0..<1) },
        logger: Logger = Logger(label: "cover-api", factory: { _ in SwiftLogNoOpLogHandler() })
    ) throws(CoverError) {
        guard configuration.rate >= 0.001, configuration.rate.isFinite, configuration.burst.map({ $0 >= 1 }) ?? true
        else {
            throw CoverError(.badRequest, "The rate must be 0.001 queries per second or more, and the burst 1 or more.")
        }
        endpoint = try Endpoint(configuration.endpoint)
        self.configuration = configuration
        self.exchange = exchange
        self.fleet = fleet
        self.timeline = timeline
        self.random = random
        self.logger = logger
        keyring = Keyring(configuration.credentials)
        webhookKeyring = Keyring(configuration.webhookCredentials)
        deadlines = Deadlines(timeline: timeline)
        throttledCalls = Mutex(ThrottledCalls(policy: retryPolicy))
        limiter = RateLimiter(
            rate: configuration.rate,
            burst: configuration.effectiveBurst,
            limit: configuration.maximumWaiting,
            timeline: timeline
        )
        fleet?.onEvent { [weak self] in self?.handle($0) }
    }

    /// Sets the key for the case that neither a file nor the environment gives one. A text that is no key is ignored.
    public func use(apiKey: String) { keyring.use(APIKey(apiKey)) }

    /// Sets the key for the case that neither a file nor the environment gives one.
    package func use(_ key: APIKey) { keyring.use(key) }

    /// Reads the key from a file if neither a file nor the environment gives one.
    ///
    /// - Parameter path: a file whose only line of text is the key.
    package func use(keyFile path: String) { keyring.use(file: path) }

    /// Checks that there is a key, without a query.
    ///
    /// - Throws: `missingCredentials`, with a sentence about how to set a key.
    package func checkKey() async throws(CoverError) { _ = try await keyring.key() }

    /// Checks that an id is valid, and that it has no key in it, as `Bearer KEY` does. A query would send the key in its
    /// URL, which servers log. The mask of a key counts as a key, so that a replay refuses what the session refused.
    ///
    /// - Throws: `badRequest`. The error does not contain an id that has a key in it.
    package func check(_ taskId: TaskID) throws(CoverError) {
        try taskId.check()
        guard KeyRedactor.isMask(in: redacted(Array(taskId.text.utf8))) else { return }
        var error = CoverError(.badRequest, "The id of the task has a key in it. Give the id of a task in its place.")
        error.hidesTask = true
        throw error
    }

    /// Checks the address of an API without a client.
    ///
    /// - Throws: `insecureEndpoint`; `badRequest` without the text, which may contain a password.
    package static func check(endpoint: String) throws(CoverError) { _ = try Endpoint(endpoint) }

    /// The address of an API without the white space, the quotes and the paths that people paste with it. An address that
    /// cannot be used stays as it is.
    package static func cleaned(endpoint: String) -> String { (try? Endpoint(endpoint))?.base ?? endpoint }

    /// Whether a file or the environment is set to give the key. This property does not check whether the file or the
    /// variable contains a key.
    package var isGivenKey: Bool { keyring.isGiven }

    /// The current source of the key.
    public var credentialSource: CredentialSource { get async { await keyring.source } }

    /// The text without the keys of this process. Every text that leaves the process needs this.
    package func redacting(_ text: String) -> String { String(decoding: redacted(Array(text.utf8)), as: UTF8.self) }

    /// The bytes without the keys of this process.
    package func redacted(_ bytes: [UInt8]) -> [UInt8] { webhookKeyring.redacted(keyring.redacted(bytes)) }

    /// Reads the files of the keys if that has not been done yet, so that ``redacting(_:)`` finds these keys. The method
    /// blocks.
    package func readKeyFiles() {
        keyring.readFile()
        webhookKeyring.readFile()
    }

    /// The counters so far, and the current levels.
    public var statistics: ClientStatistics {
        var statistics = counters.withLock { $0 }
        let load = limiter.load
        statistics.rate = configuration.rate
        statistics.tokens = load.tokens
        statistics.waiting = load.waiting
        return statistics
    }

    /// Fails everything in flight with `shuttingDown`, and closes all connections. The client cannot be used
    /// afterwards.
    public func shutdown() async {
        announced.close()
        flights.close()
        await exchange.shutdown()
    }
}
