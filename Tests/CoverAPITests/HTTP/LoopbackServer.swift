import NIOCore
import NIOPosix
import Synchronization

/// A server on 127.0.0.1. Its script has a text for each path, and the server answers a request with the bytes of that
/// text. If the text is nil, the server sends no answer. If the text is empty, the server closes the connection.
final class LoopbackServer: Sendable {
    struct Log: Sendable {
        var connections = 0
        var closed = 0
        var requests: [String] = []
    }

    let port: Int
    private let channel: any Channel
    private let log: LogBox

    fileprivate final class LogBox: Sendable {
        let log = Mutex(Log())
    }

    init(_ script: @escaping @Sendable (_ path: String) -> String?) async throws {
        let log = LogBox()
        self.log = log
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Handler(script: script, log: log))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = channel.localAddress?.port ?? 0
    }

    var seen: Log { log.log.withLock { $0 } }

    /// Waits until a condition is true. The method checks the condition again and again, because sockets have no gate.
    func until(_ condition: (Log) -> Bool) async throws {
        for _ in 0..<6000 where !condition(seen) { try await Task.sleep(for: .milliseconds(10)) }
    }

    func stop() async throws { try await channel.close() }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let script: @Sendable (String) -> String?
        private let log: LogBox
        private var text = ""

        init(script: @escaping @Sendable (String) -> String?, log: LogBox) {
            self.script = script
            self.log = log
        }

        func channelActive(context: ChannelHandlerContext) { log.log.withLock { $0.connections += 1 } }
        func channelInactive(context: ChannelHandlerContext) { log.log.withLock { $0.closed += 1 } }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            text += String(buffer: unwrapInboundIn(data))
            guard text.contains("\r\n\r\n") else { return }
            let request = text
            text = ""
            log.log.withLock { $0.requests.append(request) }
            let path = request.split(separator: " ").dropFirst().first.map(String.init) ?? ""
            guard let answer = script(path) else { return }
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer)), promise: nil)
            guard answer.isEmpty || answer.contains("Connection: close") else { return }
            // Another test may start a process at this moment, and the process may inherit the socket. If the server
            // only closed the socket, the connection would then stay open.
            context.close(mode: .output, promise: nil)
            context.close(promise: nil)
        }
    }
}
