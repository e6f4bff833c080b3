public import CoverModel
import NIOCore
import NIOPosix

/// One step on the route to a server, and its result.
public struct RouteStep: Sendable {
    /// The part of the route that a step checks.
    public enum Subject: String, Sendable {
        case proxy, name, tcp, tls
    }

    /// The part of the route.
    public var subject: Subject
    /// What was found, or what failed.
    public var message: String
    /// How long the step took; nil if it was not measured.
    public var duration: Duration?
    /// Why the step failed; nil if it succeeded.
    public var error: CoverError?
}

/// Checks the route to a server step by step, without a request.
struct RouteCheck {
    let host: HostClient
    let threads: any EventLoopGroup
    let timeline: Timeline
    let patience: Duration
    let handshake: @Sendable () async throws -> Handshake

    /// Runs the steps, and ends with the first one that fails.
    func steps() async -> [RouteStep] {
        var steps: [RouteStep] = []
        if let proxy = host.proxy {
            let kind = if case .socks = proxy.kind { "SOCKS 5" } else { "HTTP CONNECT" }
            steps.append(RouteStep(subject: .proxy, message: "\(proxy.place), by \(kind)"))
        }
        var addresses: [SocketAddress] = []
        let (name, port) = host.proxy.map { ($0.host, $0.port) } ?? (host.address.host, host.address.effectivePort)
        await steps.append(
            measured(.name) {
                addresses = try await HostLookup.addresses(of: name, port: port)
                return name + ": "
                    + addresses.prefix(8).compactMap { IPAddress($0)?.description }.joined(separator: ", ")
            }
        )
        guard steps.last?.error == nil else { return steps }
        await steps.append(measured(.tcp) { try await connect(to: addresses, name, port) })
        guard steps.last?.error == nil, host.address.scheme == "https" else { return steps }
        await steps.append(measured(.tls) { words(try await handshake()) })
        return steps
    }

    private func measured(_ subject: RouteStep.Subject, _ work: () async throws -> String) async -> RouteStep {
        let start = timeline.now
        do {
            let message = try await work()
            return RouteStep(subject: subject, message: message, duration: timeline.now - start)
        } catch {
            let subject = ProxyFault(error, host) == nil ? subject : .proxy
            let error = AsyncHTTPExchange.translated(error, host)
            let known = error as? CoverError ?? CoverError(.unreachable, "It was interrupted.")
            return RouteStep(subject: subject, message: known.message, duration: timeline.now - start, error: known)
        }
    }

    /// Connects to the first address that answers. If the addresses of one family (IPv4 or IPv6) do not answer, they
    /// delay the addresses of the other family only for a moment.
    private func connect(to addresses: [SocketAddress], _ name: String, _ port: Int) async throws -> String {
        let channel = ClientBootstrap(group: threads)
            .connectTimeout(.nanoseconds(patience.wholeMilliseconds * 1_000_000))
            .resolver(KnownAddresses(addresses, on: threads.next()))
            .connect(host: name, port: port)
        let (results, sink) = AsyncStream.makeStream(of: Result<SocketAddress?, any Error>.self)
        channel.whenComplete { result in
            sink.yield(result.map(\.remoteAddress))
            if case .success(let channel) = result { channel.close(promise: nil) }
        }
        // A cancelled task does not wait for the connection.
        for await result in results {
            let address = try result.get().flatMap(IPAddress.init)?.description ?? name
            return "\(address) port \(port) answers"
        }
        throw CancellationError()
    }

    private func words(_ handshake: Handshake) -> String {
        var words = [handshake.tlsVersion, handshake.httpVersion]
        if let certificate = handshake.chain.first {
            let names = certificate.names.isEmpty ? "no name" : certificate.names.prefix(6).joined(separator: ", ")
            words.append(
                "a certificate by “\(certificate.issuer)” for \(names), valid until \(certificate.validUntil.day)"
            )
        }
        words += handshake.path.dropFirst().map { "“\($0.subject)” until \($0.validUntil.day)" }
        return words.joined(separator: ", ")
    }
}

/// A resolver with the answer of an earlier name lookup.
private struct KnownAddresses: Resolver, Sendable {
    let old: EventLoopFuture<[SocketAddress]>
    let new: EventLoopFuture<[SocketAddress]>

    init(_ addresses: [SocketAddress], on loop: any EventLoop) {
        old = loop.makeSucceededFuture(addresses.filter { $0.protocol == .inet })
        new = loop.makeSucceededFuture(addresses.filter { $0.protocol == .inet6 })
    }

    func initiateAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> { old }
    func initiateAAAAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> { new }
    func cancelQueries() {}
}

extension AsyncHTTPExchange {
    /// Checks the route to an endpoint: the proxy, the addresses of its name, TCP and TLS. It sends no request.
    ///
    /// - Throws: `badRequest` for settings that cannot be used.
    public func checkRoute(_ endpoint: String) async throws -> [RouteStep] {
        try await connections.checkRoute(endpoint)
    }

    /// The trusted authorities, described for people.
    public var trust: String { connections.trust }
}
