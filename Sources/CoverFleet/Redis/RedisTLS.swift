import NIOCore
import NIOSSL
import NIOTLS

/// TLS of the connections to a Redis.
struct RedisTLS: Sendable {
    let host: String
    let context: NIOSSLContext
    let trust: RedisTrust

    /// Encrypts a new connection. Call this on the event loop of the channel.
    ///
    /// - Returns: a future that succeeds when the server may get commands. It fails with a ``RedisFault``.
    func encrypt(_ channel: any Channel, until deadline: NIODeadline) throws -> EventLoopFuture<Void> {
        let check = RedisHandshake(on: channel.eventLoop, until: deadline) { [trust, host] in
            trust.mismatch($0, host)
        }
        let handler = try NIOSSLClientHandler(context: context, serverHostname: Self.name(host))
        try channel.pipeline.syncOperations.addHandlers(handler, check)
        return check.finished
    }

    /// The name of the host that TLS itself checks. The result is nil for an IP address.
    static func name(_ host: String) -> String? {
        (try? SocketAddress(ipAddress: host, port: 0)) == nil ? host : nil
    }
}

/// Waits for the end of the TLS handshake, and then checks for which host the certificate is. Until then, the
/// connection is not used, so no other server gets the password.
///
/// NIOSSL accepts a certificate for the address of the socket, and one without any name in its extension. An attacker
/// who controls DNS, and has a certificate for the address in the answer, could read the password.
final class RedisHandshake: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let promise: EventLoopPromise<Void>
    private let timer: Scheduled<Void>
    private let mismatch: @Sendable (NIOSSLCertificate) -> String?

    /// Succeeds when the certificate has passed the check. Fails with a ``RedisFault``.
    var finished: EventLoopFuture<Void> { promise.futureResult }

    /// - Parameter mismatch: says why a certificate is not for the host; nil if it is.
    init(
        on loop: any EventLoop,
        until deadline: NIODeadline,
        mismatch: @escaping @Sendable (NIOSSLCertificate) -> String?
    ) {
        promise = loop.makePromise()
        timer = loop.scheduleTask(deadline: deadline) { [promise] in promise.fail(RedisFault.silentInHandshake) }
        self.mismatch = mismatch
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted? = event as? TLSUserEvent { check(context) }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        end(RedisFault(error))
        context.fireErrorCaught(error)
    }

    func handlerRemoved(context: ChannelHandlerContext) { end(.closed) }

    private func check(_ context: ChannelHandlerContext) {
        guard let certificate = try? context.pipeline.syncOperations.nioSSL_peerCertificate() else {
            return end(.untrusted(nil))
        }
        if let mismatch = mismatch(certificate) { return end(.untrusted(mismatch)) }
        timer.cancel()
        promise.succeed()
    }

    private func end(_ fault: RedisFault) {
        timer.cancel()
        promise.fail(fault == .closed ? .closedInHandshake : fault)
    }
}
