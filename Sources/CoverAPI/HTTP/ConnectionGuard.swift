import NIOCore
import NIOHTTP1
import NIOHTTP2
import NIOSSL

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Checks each new connection to a host before a request, with a key in it, may use it.
///
/// NIOSSL accepts a certificate for the address of the socket, even if the requested name is not in the certificate. An
/// attacker who controls DNS, and has a certificate for the address in the answer, could read the key.
struct ConnectionGuard: Sendable {
    let host: String
    let isEncrypted: Bool
    /// Whether there is no proxy in between, so that the address of the socket is the server's.
    let isDirect: Bool
    let locality: Locality?
    let count: ConnectionCount

    /// Checks a connection. Call this on the event loop of the channel. The returned future already has its result.
    ///
    /// - Parameter isMultiplexed: whether the connection uses HTTP/2.
    func admit(_ channel: any Channel, isMultiplexed: Bool) -> EventLoopFuture<Void> {
        do {
            if isEncrypted { try checkCertificate(channel) }
            if isDirect { try locality?.check(channel.remoteAddress, of: host) }
            try Self.prepare(channel, isMultiplexed: isMultiplexed)
            count.opened()
            channel.closeFuture.whenComplete { [count] _ in count.closed() }
            return channel.eventLoop.makeSucceededVoidFuture()
        } catch {
            // The channel closes later, because the pool must learn of the refusal before the end.
            channel.eventLoop.execute { channel.drop() }
            return channel.eventLoop.makeFailedFuture(error)
        }
    }

    private func checkCertificate(_ channel: any Channel) throws {
        guard let leaf = try channel.pipeline.syncOperations.nioSSL_peerCertificate() else {
            throw NIOSSLError.noCertificateToValidate
        }
        if let mismatch = NetworkSettings.mismatch(of: leaf, with: host) { throw mismatch }
    }

    /// Sets up the detection of dead connections and of invalid answers. The system notices lost packets. A ping of
    /// HTTP/2 notices a device on the way that still accepts packets.
    private static func prepare(_ channel: any Channel, isMultiplexed: Bool) throws {
        let options = channel.syncOptions
        try options?.setOption(.socketOption(.so_keepalive), value: 1)
        #if os(Linux)
            try options?.setOption(.tcpOption(NIOBSDSocket.Option(rawValue: TCP_USER_TIMEOUT)), value: 15_000)
            try options?.setOption(.tcpOption(NIOBSDSocket.Option(rawValue: TCP_KEEPIDLE)), value: 20)
            try options?.setOption(.tcpOption(NIOBSDSocket.Option(rawValue: TCP_KEEPINTVL)), value: 5)
        #endif
        let pipeline = channel.pipeline.syncOperations
        guard isMultiplexed else {
            let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPResponseDecoder>.self)
            try pipeline.addHandler(InvalidStatus(), position: .after(decoder))
            return try HeadLimit.add(to: pipeline)
        }
        let frames = try pipeline.handler(type: NIOHTTP2Handler.self)
        try pipeline.addHandler(SilenceDetector(), position: .before(frames))
        try pipeline.addHandlers([RefusedStreams(), InvalidStatusOfStream()], position: .after(frames))
    }
}

extension Channel {
    /// Closes at once, without the closing handshake of TLS, which the other side could delay. Call this on the event
    /// loop.
    func drop() {
        guard let tls = try? pipeline.syncOperations.context(handlerType: NIOSSLHandler.self) else {
            close(promise: nil)
            return
        }
        tls.close(promise: nil)
    }
}
