import AsyncHTTPClient
import CoverModel
import NIOCore
import NIOPosix
import NIOSSL
import NIOTLS
import Synchronization

/// Makes a connection only to see the server's certificates. It sends nothing but the handshake.
///
/// NIOSSL's errors do not say why a certificate was refused, and AsyncHTTPClient shows only one certificate. So
/// AsyncHTTPClient makes a connection without TLS, through the proxy if there is one. The handshake on it refuses no
/// certificate and sees all of them.
struct HandshakeProbe {
    private enum Progress {
        case connecting
        case shaking(any Channel, EventLoopFuture<Handshake>)
        case cancelled
    }

    let host: WebAddress
    /// The time limit of the TCP connection. The handshake has the same time limit again.
    let patience: Duration

    /// - Parameters:
    ///   - configuration: the configuration with the proxy.
    ///   - threads: the event loops.
    /// - Throws: the error of connecting or of the handshake. When this returns, no handshake is in progress.
    func run(_ configuration: HTTPClient.Configuration, on threads: any EventLoopGroup) async throws -> Handshake {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.minimumTLSVersion = .tlsv12
        tls.applicationProtocols = ["h2", "http/1.1"]
        // Without any verification, NIOSSL would not show the chain.
        tls.certificateVerification = .noHostnameVerification
        let context = try NIOSSLContext(configuration: tls)
        let progress = Mutex(Progress.connecting)
        var configuration = configuration
        configuration.http1_1ConnectionDebugInitializer = { channel in
            let shaken: EventLoopFuture<Handshake>? = progress.withLock { progress in
                if case .cancelled = progress { return nil }
                let result = shake(hands: channel, context)
                progress = .shaking(channel, result)
                return result
            }
            guard let result = shaken else { return channel.eventLoop.makeFailedFuture(CancellationError()) }
            result.whenComplete { _ in channel.eventLoop.execute { channel.drop() } }
            // AsyncHTTPClient must not use the connection.
            return result.flatMapThrowing { _ in throw CancellationError() }
        }
        let client = HTTPClient(eventLoopGroupProvider: .shared(threads), configuration: configuration)
        let place = "http://\(host.hostOfURL):\(host.effectivePort)/"
        // The client closes in the background, so that a cancelled task does not wait for a connection in progress.
        defer { client.shutdown { _ in } }
        do {
            _ = try await withTaskCancellationHandler {
                try await client.execute(HTTPClientRequest(url: place), deadline: .now() + .seconds(30))
            } onCancel: {
                progress.withLock { progress in
                    guard case .shaking(let channel, _) = progress else { return progress = .cancelled }
                    channel.eventLoop.execute { channel.drop() }
                }
            }
        } catch {
            guard case .shaking(_, let result) = progress.withLock(\.self) else { throw error }
            return try await result.get()
        }
        throw CancellationError()
    }

    private func shake(hands channel: any Channel, _ context: NIOSSLContext) -> EventLoopFuture<Handshake> {
        let observer = HandshakeObserver(
            on: channel.eventLoop,
            patience: .nanoseconds(patience.wholeMilliseconds * 1_000_000)
        )
        guard channel.isActive else {
            observer.channelEnded()
            return observer.result
        }
        let bound = NIOLoopBound(observer, eventLoop: channel.eventLoop)
        do {
            let handler = try NIOSSLClientHandler(
                context: context,
                serverHostname: IPAddress(host.host) == nil ? host.host : nil,
                customVerificationCallback: { chain, verdict in
                    bound.value.saw(chain.map(ServerCertificate.init))
                    verdict.succeed(.certificateVerified)
                }
            )
            try channel.pipeline.syncOperations.addHandlers([handler, observer], position: .first)
        } catch {
            observer.fail(error)
        }
        return observer.result
    }
}

/// Waits for the end of a TLS handshake. Use it on the event loop.
private final class HandshakeObserver: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let promise: EventLoopPromise<Handshake>
    private let timer: Scheduled<Void>
    private var handshake = Handshake()

    var result: EventLoopFuture<Handshake> { promise.futureResult }

    init(on loop: any EventLoop, patience: TimeAmount) {
        promise = loop.makePromise()
        timer = loop.scheduleTask(in: patience) { [promise] in promise.fail(HTTPClientError.tlsHandshakeTimeout) }
    }

    func saw(_ chain: [ServerCertificate]) { handshake.chain = chain }

    func fail(_ error: any Error) {
        timer.cancel()
        promise.fail(error)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case .handshakeCompleted(let negotiated)? = event as? TLSUserEvent else { return }
        timer.cancel()
        if negotiated == "h2" { handshake.httpVersion = "HTTP/2" }
        if let version = try? context.pipeline.syncOperations.nioSSL_tlsVersion() {
            handshake.tlsVersion = Self.words(version)
        }
        promise.succeed(handshake)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { fail(error) }

    func channelInactive(context: ChannelHandlerContext) {
        channelEnded()
        context.fireChannelInactive()
    }

    func channelEnded() { fail(BoringSSLError.sslError([.eofDuringHandshake])) }

    private static func words(_ version: TLSVersion) -> String {
        switch version {
        case .tlsv1: "TLS 1.0"
        case .tlsv11: "TLS 1.1"
        case .tlsv12: "TLS 1.2"
        case .tlsv13: "TLS 1.3"
        }
    }
}
