import NIOCore
import NIOPosix
import NIOSSL

extension RedisTLS {
    /// What a second handshake shows of a server.
    struct Inspection: Sendable {
        /// The server's certificate, followed by the other certificates that it sends.
        var chain: [NIOSSLCertificate] = []
        /// Why the connection ended; nil if it did not end.
        var fault: RedisFault?
    }

    /// Makes a connection only to see why the server and the bridge do not agree. It trusts every server, and sends
    /// nothing but the handshake.
    ///
    /// - Parameters:
    ///   - waitsForEnd: whether to wait until the server ends the connection. In TLS 1.3, a server refuses a client
    ///     after the handshake has ended for the client. If the client sends a command before that, the system may
    ///     drop the reason of the server.
    ///   - deadline: the inspection ends at this time in any case.
    func inspection(
        of port: Int,
        on threads: MultiThreadedEventLoopGroup,
        until deadline: NIODeadline,
        waitsForEnd: Bool
    ) async throws -> Inspection {
        let bootstrap = ClientBootstrap(group: threads).connectTimeout(deadline - .now())
        let (channel, result) = try await bootstrap.connect(host: host, port: port) { channel in
            channel.eventLoop.makeCompletedFuture { () -> (any Channel, EventLoopFuture<Inspection>) in
                let observer = HandshakeObserver(on: channel.eventLoop, until: deadline, waitsForEnd: waitsForEnd)
                let bound = NIOLoopBound(observer, eventLoop: channel.eventLoop)
                let handler = try NIOSSLClientHandler(
                    context: context,
                    serverHostname: Self.name(host),
                    customVerificationCallback: { chain, verdict in
                        bound.value.saw(chain)
                        verdict.succeed(.certificateVerified)
                    }
                )
                try channel.pipeline.syncOperations.addHandlers(handler, observer)
                return (channel, observer.result)
            }
        }
        defer { channel.close(promise: nil) }
        return try await result.get()
    }
}

/// Records a TLS handshake. Use it on the event loop.
private final class HandshakeObserver: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let promise: EventLoopPromise<RedisTLS.Inspection>
    private let deadline: NIODeadline
    private let waitsForEnd: Bool
    private var seen = RedisTLS.Inspection()
    private var timer: Scheduled<Void>?

    var result: EventLoopFuture<RedisTLS.Inspection> { promise.futureResult }

    init(on loop: any EventLoop, until deadline: NIODeadline, waitsForEnd: Bool) {
        promise = loop.makePromise()
        self.deadline = deadline
        self.waitsForEnd = waitsForEnd
    }

    func saw(_ chain: [NIOSSLCertificate]) {
        seen.chain = chain
        if !waitsForEnd { end() }
    }

    func handlerAdded(context: ChannelHandlerContext) {
        timer = context.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { self.end() }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        seen.fault = RedisFault(error)
        end()
    }

    func handlerRemoved(context: ChannelHandlerContext) { end() }

    private func end() {
        timer?.cancel()
        promise.succeed(seen)
    }
}
