public import CoverModel
public import Logging
import Synchronization

/// A client of the cover API that everything in a process shares: one budget of queries, one pool of connections.
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
    /// The tasks whose records are looked at again after a callback.
    let announced = AnnouncedTasks()
    let counters = Mutex(ClientStatistics())
    let retryPolicy = RetryPolicy()
    /// Hears what callers that wait have read; see ``onReading(_:)``.
    let reader = Mutex<(@Sendable (TaskID?, Reading) -> Void)?>(nil)
    let random: @Sendable () -> Double
    let logger: Logger

    /// - Parameters:
    ///   - random: numbers in 0..<1, for the jitter of retries.
    /// - Throws: `insecureEndpoint` for plain http to a host that is not this machine, `badRequest` for what is no URL at all
    ///   or a budget that is none.
    public init(
        configuration: Configuration,
        exchange: any HTTPExchange,
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
        self.timeline = timeline
        self.random = random
        self.logger = logger
        keyring = Keyring(configuration.credentials)
        webhookKeyring = Keyring(configuration.webhookCredentials)
        deadlines = Deadlines(timeline: timeline)
        limiter = RateLimiter(
            rate: configuration.rate,
            burst: configuration.burst ?? max(1, configuration.rate / 10),
            limit: configuration.maximumWaiting,
            timeline: timeline
        )
    }

    /// Uses a key where neither a file nor the environment gives one. What is no key counts as none.
    public func use(apiKey: String) { keyring.use(APIKey(apiKey)) }

    /// Uses a key where neither a file nor the environment gives one.
    package func use(_ key: APIKey) { keyring.use(key) }

    /// Whether a file or the environment is to give the key. Asks neither whether there is one in it.
    package var isGivenKey: Bool { keyring.isGiven }

    /// Where the key comes from now.
    public var credentialSource: CredentialSource { get async { await keyring.source } }

    /// The text without the keys that are in use, for what leaves the process.
    package func redacting(_ text: String) -> String { webhookKeyring.redacting(keyring.redacting(text)) }

    public var statistics: ClientStatistics {
        var statistics = counters.withLock { $0 }
        let load = limiter.load
        statistics.rate = configuration.rate
        statistics.tokens = load.tokens
        statistics.waiting = load.waiting
        return statistics
    }

    /// Answers what is in flight with `shuttingDown` and closes all connections. Nothing can be asked afterwards.
    public func shutdown() async {
        announced.close()
        flights.close()
        await exchange.shutdown()
    }
}
