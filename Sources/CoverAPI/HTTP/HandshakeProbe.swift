import AsyncHTTPClient
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// With what a server presents itself.
public struct Handshake: Sendable {
    /// nil without TLS.
    public var certificate: ServerCertificate?
    /// As in `TLS 1.3`; nil without TLS.
    public var tlsVersion: String?
    /// As in `HTTP/2`.
    public var httpVersion: String
}

/// A connection on which nothing is asked, made to see which certificate a server presents. Nothing is sent to it but the handshake.
///
/// NIOSSL's errors do not say why a certificate was refused; a second handshake that refuses none shows it.
enum HandshakeProbe {
    /// It has seen enough, and the connection goes.
    private struct Done: Error {}

    /// - Throws: the error of the way there.
    static func run(_ configuration: HTTPClient.Configuration, url: String, on threads: any EventLoopGroup) async throws
        -> Handshake
    {
        let seen = Seen()
        var configuration = configuration
        configuration.tlsConfiguration?.certificateVerification = .none
        configuration.http1_1ConnectionDebugInitializer = { seen.look(at: $0, httpVersion: "HTTP/1.1") }
        configuration.http2ConnectionDebugInitializer = { seen.look(at: $0, httpVersion: "HTTP/2") }
        let client = HTTPClient(eventLoopGroupProvider: .shared(threads), configuration: configuration)
        do {
            _ = try await client.execute(HTTPClientRequest(url: url), deadline: .now() + .seconds(20))
        } catch {
            try? await client.shutdown()
            guard let handshake = seen.handshake else { throw error }
            return handshake
        }
        try? await client.shutdown()
        throw Done()
    }

    private final class Seen: Sendable {
        private let state = Mutex<Handshake?>(nil)

        var handshake: Handshake? { state.withLock { $0 } }

        func look(at channel: any Channel, httpVersion: String) -> EventLoopFuture<Void> {
            let pipeline = channel.pipeline.syncOperations
            let leaf = try? pipeline.nioSSL_peerCertificate()
            let version = try? pipeline.nioSSL_tlsVersion()
            state.withLock {
                $0 = Handshake(
                    certificate: leaf.map(ServerCertificate.init),
                    tlsVersion: version.map(Self.words),
                    httpVersion: httpVersion
                )
            }
            channel.eventLoop.execute { channel.drop() }
            return channel.eventLoop.makeFailedFuture(Done())
        }

        private static func words(_ version: TLSVersion) -> String {
            switch version {
            case .tlsv1: "TLS 1.0"
            case .tlsv11: "TLS 1.1"
            case .tlsv12: "TLS 1.2"
            case .tlsv13: "TLS 1.3"
            }
        }
    }
}
