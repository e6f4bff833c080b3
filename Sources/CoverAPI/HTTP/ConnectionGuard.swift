import NIOCore
import NIOHTTP2
import NIOSSL

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Looks at each fresh connection to a host before a request, and a key with it, may use it.
///
/// NIOSSL accepts a certificate for the very address of the socket, whatever name was asked for: an attacker who answers DNS and has a certificate
/// for the address that he names could read the key.
struct ConnectionGuard: Sendable {
    let host: String
    let isEncrypted: Bool
    /// Whether nothing stands between, so that the socket's address is the server's.
    let isDirect: Bool
    let locality: Locality?
    let count: ConnectionCount

    /// To be called on the channel's event loop. When the future is there, so is its result.
    ///
    /// - Parameter isMultiplexed: whether the connection is one of HTTP/2.
    func admit(_ channel: any Channel, isMultiplexed: Bool) -> EventLoopFuture<Void> {
        do {
            if isEncrypted { try checkCertificate(channel) }
            if isDirect { try locality?.check(channel.remoteAddress, of: host) }
            try Self.prepare(channel, isMultiplexed: isMultiplexed)
            count.opened()
            channel.closeFuture.whenComplete { [count] _ in count.closed() }
            return channel.eventLoop.makeSucceededVoidFuture()
        } catch {
            // Afterwards: the pool must hear of the refusal before it hears of the end.
            channel.eventLoop.execute { channel.drop() }
            return channel.eventLoop.makeFailedFuture(error)
        }
    }

    private func checkCertificate(_ channel: any Channel) throws {
        guard let leaf = try channel.pipeline.syncOperations.nioSSL_peerCertificate() else {
            throw NIOSSLError.noCertificateToValidate
        }
        if let mismatch = ServerCertificate(leaf).mismatch(with: host) { throw mismatch }
    }

    /// Sees to it that a connection on which nothing comes back is noticed soon: by the system where packets are lost, by a ping of HTTP/2
    /// where something on the way still takes them.
    private static func prepare(_ channel: any Channel, isMultiplexed: Bool) throws {
        let options = channel.syncOptions
        try options?.setOption(.socketOption(.so_keepalive), value: 1)
        #if os(Linux)
            try options?.setOption(.tcpOption(NIOBSDSocket.Option(rawValue: TCP_USER_TIMEOUT)), value: 15_000)
            try options?.setOption(.tcpOption(NIOBSDSocket.Option(rawValue: TCP_KEEPIDLE)), value: 20)
            try options?.setOption(.tcpOption(NIOBSDSocket.Option(rawValue: TCP_KEEPINTVL)), value: 5)
        #endif
        guard isMultiplexed else { return }
        let pipeline = channel.pipeline.syncOperations
        let frames = try pipeline.handler(type: NIOHTTP2Handler.self)
        try pipeline.addHandler(SilenceDetector(), position: .before(frames))
        try pipeline.addHandler(RefusedStreams(), position: .after(frames))
    }
}

extension Channel {
    /// Closes at once, without the farewell of TLS, to which the other side might take its time. To be called on the event loop.
    func drop() {
        guard let tls = try? pipeline.syncOperations.context(handlerType: NIOSSLHandler.self) else {
            close(promise: nil)
            return
        }
        tls.close(promise: nil)
    }
}
