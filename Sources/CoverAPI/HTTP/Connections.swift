import AsyncHTTPClient
import CoverModel
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// The connections to all hosts, and how a new one is made: through which proxy, with which authorities, and with which
/// checks.
///
/// Nothing is created before the first use, so that the start costs nothing.
final class Connections: Sendable {
    private struct State {
        var hosts = HostClients()
        var threads: MultiThreadedEventLoopGroup?
        /// Handshakes that belong to no request, by number. ``shutdown()`` ends them.
        var handshakes: [UInt64: Task<Handshake, any Error>] = [:]
        var lastHandshake: UInt64 = 0
        var isClosed = false

        func checkOpen() throws(CoverError) {
            guard !isClosed else { throw CoverError(.shuttingDown, "The client has been shut down.") }
        }

        mutating func group() throws(CoverError) -> MultiThreadedEventLoopGroup {
            try checkOpen()
            let group = threads ?? MultiThreadedEventLoopGroup(numberOfThreads: 1)
            threads = group
            return group
        }
    }

    private let connectTimeout: Duration
    private let settings: NetworkSettings
    private let locality: Locality?
    private let state = Mutex(State())
    /// The clients that are being made, by host. Queries that begin together share one, because making it reads all
    /// authorities and may look up the host.
    private let making = SingleFlight<Substring, HostClient>()

    init(connectTimeout: Duration, settings: NetworkSettings, endpoint: WebAddress?) {
        self.connectTimeout = connectTimeout
        self.settings = settings
        locality = endpoint.map(Locality.init)
    }

    /// The client for the host of a URL. The caller keeps this client while the request runs.
    func host(for url: String) async throws -> HostClient {
        let known = try state.withLock { state in
            try state.checkOpen()
            return state.hosts.host(for: url)
        }
        if let known {
            guard known.isDueForCheck(), await hasOtherAuthorities(than: known) else { return known }
            // A file that is being written, or is broken, does not replace the current authorities.
            guard (try? await trust()) != nil else { return known }
            state.withLock { $0.hosts.remove(known) }
        }
        return try await making.value(for: HostClients.origin(of: url), shared: { _ in }) { _ in
            try await self.makeHost(for: url)
        }
    }

    private func makeHost(for url: String) async throws -> HostClient {
        // The client may have been made just before this call.
        if let known = state.withLock({ $0.hosts.host(for: url) }) { return known }
        guard let address = WebAddress(url) else { throw CoverError(.badRequest, "A URL is not one of http or https.") }
        let proxy = try settings.proxies.proxy(for: address)
        if let locality {
            try locality.check(address)
            // A public host name may lead to a private address. With a proxy, only the proxy resolves the name.
            if proxy == nil, locality.isOutside(address) {
                for found in try await HostLookup.addresses(of: address.host, port: address.effectivePort) {
                    try locality.check(found, of: address.host)
                }
            }
        }
        let trust = address.scheme == "https" ? try await trust() : nil
        let count = ConnectionCount()
        let configuration = configuration(for: address, proxy: proxy, roots: trust?.roots, count)
        return try state.withLock { state in
            let threads = try state.group()
            let client = HTTPClient(eventLoopGroupProvider: .shared(threads), configuration: configuration)
            let host = HostClient(
                address,
                proxy: proxy,
                client: client,
                connections: count,
                authorities: trust?.files ?? []
            )
            state.hosts.insert(host, for: url)
            return host
        }
    }

    /// The authorities, and the state of their files before they were read.
    private func trust() async throws -> (files: [FileState?], roots: NIOSSLTrustRoots) {
        do {
            return try await BlockingWork.disk.runUnlessCancelled { [authorities = settings.authorities] in
                (authorities.files, try authorities.roots())
            }
        } catch var error as CoverError {
            // The error can pass: a program may be writing the files now, or a user may repair them. At the start of the
            // process, they were usable, except perhaps for a folder behind another source.
            error.isOfThisMachine = true
            throw error
        }
    }

    /// Whether the files of the authorities have changed since the client of a host was made. If so, the next request
    /// gets a new client with the new authorities.
    func hasNewAuthorities(since host: HostClient) async -> Bool {
        guard await hasOtherAuthorities(than: host) else { return false }
        state.withLock { $0.hosts.remove(host) }
        return true
    }

    private func hasOtherAuthorities(than host: HostClient) async -> Bool {
        let authorities = settings.authorities
        let files = try? await BlockingWork.disk.runUnlessCancelled { authorities.files }
        return files.map { $0 != host.authorities } ?? false
    }

    /// The certificates of a host, whether they are trusted or not.
    func handshake(with host: HostClient) async throws -> Handshake {
        let configuration = configuration(for: host.address, proxy: host.proxy, roots: nil, ConnectionCount())
        let probe = HandshakeProbe(host: host.address, patience: connectTimeout)
        let (number, work) = try state.withLock { state in
            let threads = try state.group()
            let work = Task { try await probe.run(configuration, on: threads) }
            state.lastHandshake += 1
            state.handshakes[state.lastHandshake] = work
            return (state.lastHandshake, work)
        }
        defer { state.withLock { $0.handshakes[number] = nil } }
        return try await withTaskCancellationHandler {
            try await work.value
        } onCancel: {
            work.cancel()
        }
    }

    var isClosed: Bool { state.withLock(\.isClosed) }

    /// Checks the route to a host step by step.
    func checkRoute(_ url: String) async throws -> [RouteStep] {
        let host = try await host(for: url)
        let threads = try state.withLock { try $0.group() }
        let check = RouteCheck(host: host, threads: threads, timeline: .system, patience: connectTimeout) {
            try await self.handshake(with: host)
        }
        return await check.steps()
    }

    /// The trusted authorities, read from their files.
    func authorities() async -> [ServerCertificate] {
        (try? await BlockingWork.disk.runUnlessCancelled { self.settings.authorities.certificates }) ?? []
    }

    /// The settings that can name a file of authorities. Error messages list them.
    var authorityWays: String { settings.authorities.ways }

    /// The trusted authorities, described for people.
    var trust: String { settings.authorities.summary }

    /// Closes everything. The connections cannot be used afterwards.
    ///
    /// This method does not wait for a connection that is being made, because a name lookup cannot be interrupted.
    func shutdown() async {
        let last = state.withLock { state in
            defer { state = State(isClosed: true) }
            return state
        }
        making.close()
        for work in last.handshakes.values { work.cancel() }
        _ = try? await Timeline.system.within(Self.farewell) {
            // The handshakes run on the threads that are shut down below, so the handshakes must end first.
            for work in last.handshakes.values { _ = await work.result }
            // Errors of closing have no consequence, because the process is ending.
            for client in last.hosts.all { try? await client.shutdown() }
            try? await last.threads?.shutdownGracefully()
        }
    }

    /// How long the connections may take for an orderly close.
    private static let farewell = Duration.milliseconds(300)

    private func configuration(
        for address: WebAddress,
        proxy: Proxy?,
        roots: NIOSSLTrustRoots?,
        _ count: ConnectionCount
    ) -> HTTPClient.Configuration {
        // ``Unpacker`` decodes the bodies, because it supports more codings.
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.timeout.connect = .nanoseconds(connectTimeout.wholeMilliseconds * 1_000_000)
        // The caller decides about retries.
        configuration.connectionPool.retryConnectionEstablishment = false
        // The default limit is eight connections. With a slow API, further queries would have to wait for the answers
        // to earlier queries. Their time limit could end before they are sent.
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 64
        // Nothing collects the spans that AsyncHTTPClient's tracing would record.
        configuration.tracing.tracer = nil
        configuration.proxy = proxy?.configuration
        if let roots {
            var tls = TLSConfiguration.client(trusting: roots)
            // NIOSSL compares the addresses in the certificate with the address of the socket, which may be the
            // proxy's. The ``ConnectionGuard`` compares them with the requested address.
            if IPAddress(address.host) != nil { tls.certificateVerification = .noHostnameVerification }
            configuration.tlsConfiguration = tls
        }
        let watch = ConnectionGuard(
            host: address.host,
            isEncrypted: roots != nil,
            isDirect: proxy == nil,
            locality: locality,
            count: count
        )
        configuration.http1_1ConnectionDebugInitializer = { watch.admit($0, isMultiplexed: false) }
        configuration.http2ConnectionDebugInitializer = { watch.admit($0, isMultiplexed: true) }
        return configuration
    }
}

extension Proxy {
    fileprivate var configuration: HTTPClient.Configuration.Proxy {
        switch kind {
        case .socks: .socksServer(host: host, port: port)
        case .connect(let login):
            .server(
                host: host,
                port: port,
                authorization: login.map { .basic(username: $0.user, password: $0.password) }
            )
        }
    }
}
