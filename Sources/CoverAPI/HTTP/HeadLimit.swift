import NIOCore
import NIOHTTP1

/// Ends an HTTP/1 connection on which too many bytes arrive that are no content. Examples are a status line, a header or
/// a line before a chunk that never ends. NIO limits the fields of a head, but not such lines.
///
/// HTTP/2 needs no such limit, because NIOHTTP2 has its own.
enum HeadLimit {
    /// The answer has too many bytes without content.
    struct Exceeded: Error {}

    /// How many bytes in a row may be no content.
    static let bytes = 256 * 1024

    /// Adds the limit to a connection. Call this on its event loop.
    static func add(to pipeline: ChannelPipeline.SynchronousOperations) throws {
        let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPResponseDecoder>.self)
        let counter = ByteCounter()
        try pipeline.addHandler(counter, position: .before(decoder))
        try pipeline.addHandler(ContentWatcher(counter), position: .after(decoder))
    }

    /// Counts the bytes before they are decoded.
    private final class ByteCounter: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias InboundOut = ByteBuffer

        private var count = 0

        func reset() { count = 0 }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            // Bytes that have just arrived may still become content.
            guard count <= HeadLimit.bytes else {
                context.fireErrorCaught(Exceeded())
                context.channel.drop()
                return
            }
            count += unwrapInboundIn(data).readableBytes
            context.fireChannelRead(data)
        }
    }

    /// Notices what the bytes became.
    private final class ContentWatcher: ChannelInboundHandler {
        typealias InboundIn = HTTPClientResponsePart
        typealias InboundOut = HTTPClientResponsePart

        private let counter: ByteCounter

        init(_ counter: ByteCounter) { self.counter = counter }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            // A server could send heads with a status of 1xx without end, so they do not count as content.
            switch unwrapInboundIn(data) {
            case .head(let head) where head.status.code < 200: break
            default: counter.reset()
            }
            context.fireChannelRead(data)
        }
    }
}
