import Hiredis
import NIOCore
import NIOPosix

/// One connection to a Redis. Redis answers commands in their order. If a command gets no answer in time, the
/// connection is closed, because the effect of the command is unknown.
final class RedisConnection: Sendable {
    private let channel: any Channel

    private let ending: RedisEnding

    private init(_ channel: any Channel, _ ending: RedisEnding) {
        self.channel = channel
        self.ending = ending
    }

    /// Connects. For TLS, it also waits until the certificate of the server has passed its check.
    ///
    /// - Parameters:
    ///   - tls: nil for a connection without TLS.
    ///   - hear: receives the messages of the subscribed channels.
    /// - Throws: ``RedisFault``.
    static func open(
        _ place: RedisAddress.Place,
        tls: RedisTLS?,
        on threads: MultiThreadedEventLoopGroup,
        until deadline: NIODeadline,
        hear: @escaping @Sendable ([UInt8]) -> Void
    ) async throws -> RedisConnection {
        let bootstrap = ClientBootstrap(group: threads)
            .connectTimeout(deadline - .now())
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
        let prepare: @Sendable (any Channel) -> EventLoopFuture<Opened> = { channel in
            channel.eventLoop.makeCompletedFuture {
                let encrypted = try tls?.encrypt(channel, until: deadline)
                let ending = RedisEnding()
                try channel.pipeline.syncOperations.addHandler(RedisHandler(ending: ending, hear: hear))
                return Opened(connection: RedisConnection(channel, ending), encrypted: encrypted)
            }
        }
        do {
            let opened =
                switch place {
                case .host(let host, let port):
                    try await bootstrap.connect(host: host, port: port, channelInitializer: prepare)
                case .socket(let path):
                    try await bootstrap.connect(unixDomainSocketPath: path, channelInitializer: prepare)
                }
            do { try await opened.encrypted?.get() } catch {
                opened.connection.close()
                throw error
            }
            return opened.connection
        } catch {
            // A server may close the connection before the system reports that it is open.
            let fault = RedisFault(error)
            guard fault == .closed else { throw fault }
            throw tls == nil ? RedisFault.turnedAway : .closedInHandshake
        }
    }

    private struct Opened: Sendable {
        let connection: RedisConnection
        /// Ends with the TLS handshake; nil without TLS.
        let encrypted: EventLoopFuture<Void>?
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
        // A connection that has ended has no handler, so no answer would come. The promise fails instead. The reason of
        // the server may have come before the first command: it takes no more clients, for example.
        channel.writeAndFlush(request).whenFailure { [ending] in promise.fail(ending.fault ?? $0) }
        do { return try await promise.futureResult.get() } catch { throw RedisFault(error) }
    }

    var isActive: Bool { channel.isActive }

    func close() { channel.close(promise: nil) }
}

/// Some commands, and the receiver of their answers.
struct RedisRequest: Sendable {
    let bytes: ByteBuffer
    let count: Int
    let deadline: NIODeadline
    let promise: EventLoopPromise<[Reply]>
}
