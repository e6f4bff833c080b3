import NIOCore
import NIOPosix

/// One step on the way to a server, as it was found.
public struct RouteStep: Sendable {
    public enum Subject: String, Sendable {
        case proxy, name, tcp, tls
    }

    public var subject: Subject
    /// What was found, or what failed.
    public var message: String
    public var duration: Duration?
    public var error: CoverError?
}

/// Goes the way to a server step by step, and asks nothing there.
struct RouteExamination {
    let host: HostClient
    let threads: any EventLoopGroup
    let timeline: Timeline
    let patience: Duration
    let handshake: @Sendable () async throws -> Handshake

    /// Ends with the first step that fails.
    func steps() async -> [RouteStep] {
        var steps: [RouteStep] = []
        if let proxy = host.proxy {
            let manner = if case .socks = proxy.manner { "SOCKS 5" } else { "HTTP CONNECT" }
            steps.append(RouteStep(subject: .proxy, message: "\(proxy.place), by \(manner)"))
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
        await steps.append(measured(.tcp) { try await connect(to: addresses) })
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
            let error = AsyncHTTPExchange.translated(error, host)
            let known = error as? CoverError ?? CoverError(.unreachable, "It was interrupted.")
            return RouteStep(subject: subject, message: known.message, duration: timeline.now - start, error: known)
        }
    }

    /// The first of the addresses that answers.
    private func connect(to addresses: [SocketAddress]) async throws -> String {
        var failure: any Error = CoverError(.unreachable, "There is no address to connect to.")
        for address in addresses {
            do {
                let channel = try await ClientBootstrap(group: threads)
                    .connectTimeout(.nanoseconds(patience.wholeMilliseconds * 1_000_000))
                    .connect(to: address).get()
                try? await channel.close()
                return "\(address.ipAddress ?? "?") port \(address.port ?? 0) answers"
            } catch {
                failure = error
            }
        }
        if case ChannelError.connectTimeout = failure {
            throw CoverError(.requestTimeout, "\(host.subject) did not answer in time.")
        }
        throw failure
    }

    private func words(_ handshake: Handshake) -> String {
        var words = [handshake.tlsVersion ?? "no TLS", handshake.httpVersion]
        if let certificate = handshake.certificate {
            let names = certificate.names.isEmpty ? "no name" : certificate.names.prefix(6).joined(separator: ", ")
            words.append(
                "a certificate by “\(certificate.issuer)” for \(names), valid until \(certificate.validUntil.day)"
            )
        }
        return words.joined(separator: ", ")
    }
}

extension AsyncHTTPExchange {
    /// The way to an endpoint: which proxy, the addresses of its name, TCP, TLS. Sends no request.
    ///
    /// - Throws: `badRequest` for settings that cannot be used.
    public func examine(_ endpoint: String) async throws -> [RouteStep] { try await connections.examine(endpoint) }

    /// For people: the authorities that the settings trust.
    public var trust: String { connections.trust }
}
