import AsyncHTTPClient
import CoverModel
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// The connections to all hosts, and how a new one is made: by which proxy, with which authorities, and past which checks.
///
/// Nothing is made before the first use, so that starting up costs nothing.
final class Connections: Sendable {
    private struct State {
        var hosts = HostClients()
        var threads: MultiThreadedEventLoopGroup?
        /// Made for no request, by number; ``shutdown()`` must know of them.
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

    init(connectTimeout: Duration, settings: NetworkSettings, endpoint: WebAddress?) {
        self.connectTimeout = connectTimeout
        self.settings = settings
        locality = endpoint.map(Locality.init)
    }

    /// What reaches the host of a URL; to be kept for as long as the request takes.
    func host(for url: String) async throws -> HostClient {
        let known = try state.withLock { state in
            try state.checkOpen()
            return state.hosts.host(for: url)
        }
        if let known {
            guard known.isDueForCheck(), await hasOtherAuthorities(than: known) else { return known }
            // A file that is being written, or is broken, withdraws nothing.
            guard (try? await trust()) != nil else { return known }
            state.withLock { $0.hosts.remove(known) }
        }
        guard let address = WebAddress(url) else { throw CoverError(.badRequest, "A URL is not one of http or https.") }
        let proxy = try settings.proxies.proxy(for: address)
        if let locality {
            try locality.check(address)
            // A name may lead inside too; where a proxy looks names up, it alone can know.
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
            if let known = state.hosts.host(for: url) { return known }
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

    /// The authorities, and their files as they were before they were read.
    private func trust() async throws -> (files: [FileState?], roots: NIOSSLTrustRoots) {
        do {
            return try await BlockingWork.disk.runUnlessCancelled { [authorities = settings.authorities] in
                (authorities.files, try authorities.roots())
            }
        } catch var error as CoverError {
            // They were there at the start: they are being written, or will be mended.
            error.isOfThisMachine = true
            throw error
        }
    }

    /// Whether the files of the authorities have changed since a host's client was made. The next request gets a client that trusts the new ones.
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

    /// With what a host presents itself, whether it is to be trusted or not.
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

    /// Goes the way to a host step by step.
    func checkRoute(_ url: String) async throws -> [RouteStep] {
        let host = try await host(for: url)
        let threads = try state.withLock { try $0.group() }
        let check = RouteCheck(host: host, threads: threads, timeline: .system, patience: connectTimeout) {
            try await self.handshake(with: host)
        }
        return await check.steps()
    }

    /// The authorities that vouch for servers; reads their files.
    func authorities() async -> [ServerCertificate] {
        (try? await BlockingWork.disk.runUnlessCancelled { self.settings.authorities.certificates }) ?? []
    }

    /// Where a user can name a file of authorities.
    var authorityWays: String { settings.authorities.ways }

    /// For people: the authorities that the settings trust.
    var trust: String { settings.authorities.summary }

    /// Closes all. Nothing can be used afterwards.
    ///
    /// A connection that is being made is not waited for: the system cannot be interrupted in a name lookup.
    func shutdown() async {
        let last = state.withLock { state in
            defer { state = State(isClosed: true) }
            return state
        }
        for work in last.handshakes.values { work.cancel() }
        _ = try? await Timeline.system.within(Self.farewell) {
            // They use the threads to their end.
            for work in last.handshakes.values { _ = await work.result }
            // Neither has anything to say that could be acted upon: the process is ending.
            for client in last.hosts.all { try? await client.shutdown() }
            try? await last.threads?.shutdownGracefully()
        }
    }

    /// How long connections are given to close in good order.
    private static let farewell = Duration.milliseconds(300)

    private func configuration(
        for address: WebAddress,
        proxy: Proxy?,
        roots: NIOSSLTrustRoots?,
        _ count: ConnectionCount
    ) -> HTTPClient.Configuration {
        // Codings are undone by ``Unpacker``, which reads more of them.
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.timeout.connect = .nanoseconds(connectTimeout.wholeMilliseconds * 1_000_000)
        // The caller decides about trying again.
        configuration.connectionPool.retryConnectionEstablishment = false
        // Eight, as it comes, would have queries wait for a slow API's answers to others, and run out of time before they are sent.
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 64
        // Its spans go nowhere.
        configuration.tracing.tracer = nil
        configuration.proxy = proxy?.configuration
        if let roots {
            var tls = TLSConfiguration.makeClientConfiguration()
            tls.trustRoots = roots
            // NIOSSL would go down to 1.0, which RFC 8996 forbids.
            tls.minimumTLSVersion = .tlsv12
            // NIOSSL compares an address with the socket's, which is the proxy's where there is one; the guard compares the one that was asked for.
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
