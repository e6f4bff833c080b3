import Hiredis
import NIOCore
import NIOPosix
import NIOSSL

/// One connection to a Redis. Redis answers commands in their order. If a command gets no answer in time, the
/// connection is closed, because the effect of the command is unknown.
final class RedisConnection: Sendable {
    private let channel: any Channel

    private init(_ channel: any Channel) { self.channel = channel }

    /// - Parameters:
    ///   - tls: nil for a connection without TLS.
    ///   - hear: receives the messages of the subscribed channels.
    /// - Throws: ``RedisFault``.
    static func open(
        _ place: RedisAddress.Place,
        tls: NIOSSLContext?,
        on threads: MultiThreadedEventLoopGroup,
        until deadline: NIODeadline,
        hear: @escaping @Sendable ([UInt8]) -> Void
    ) async throws -> RedisConnection {
        let bootstrap = ClientBootstrap(group: threads)
            .connectTimeout(deadline - .now())
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls {
                        let handler = try NIOSSLClientHandler(context: tls, serverHostname: place.name)
                        try channel.pipeline.syncOperations.addHandler(handler)
                    }
                    try channel.pipeline.syncOperations.addHandler(RedisHandler(hear: hear))
                }
            }
        do {
            switch place {
            case .host(let host, let port):
                return RedisConnection(try await bootstrap.connect(host: host, port: port).get())
            case .socket(let path):
                return RedisConnection(try await bootstrap.connect(unixDomainSocketPath: path).get())
            }
        } catch { throw RedisFault(error) }
    }

    /// Sends all commands together and waits for all answers. An answer may be an error of the server.
    ///
    /// - Throws: ``RedisFault``, except `refused`.
    func answers(to commands: [Command], until deadline: NIODeadline) async throws -> [Reply] {
        let promise = channel.eventLoop.makePromise(of: [Reply].self)
        let bytes = commands.flatMap(\.bytes)
        let request = RedisRequest(
            bytes: channel.allocator.buffer(bytes: bytes),
            count: commands.count,
            deadline: deadline,
            promise: promise
        )
        // A connection that has ended has no handler, so no answer would come. The promise fails instead.
        channel.writeAndFlush(request).whenFailure { promise.fail($0) }
        do { return try await promise.futureResult.get() } catch { throw RedisFault(error) }
    }

    var isActive: Bool { channel.isActive }

    func close() { channel.close(promise: nil) }
}

extension RedisAddress.Place {
    /// The name of the host that the certificate must contain. The result is nil for an IP address, because TLS itself
    /// compares addresses.
    fileprivate var name: String? {
        guard case .host(let host, let port) = self else { return nil }
        return (try? SocketAddress(ipAddress: host, port: port)) == nil ? host : nil
    }
}

/// Some commands, and the receiver of their answers.
struct RedisRequest: Sendable {
    let bytes: ByteBuffer
    let count: Int
    let deadline: NIODeadline
    let promise: EventLoopPromise<[Reply]>
}
