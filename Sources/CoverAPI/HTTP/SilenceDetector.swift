import NIOCore
import NIOHTTP2

/// Ends an HTTP/2 connection that has died without notice. If an answer is due and nothing arrives, it sends a ping. If
/// nothing arrives after that, it closes the connection. All waiting requests then fail at once, and not one after the
/// other.
///
/// This handler comes before the HTTP/2 handler in the pipeline, so that every byte counts as a sign of life.
final class SilenceDetector: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum State {
        /// No answer is due: nothing was sent after the last byte arrived.
        case quiet
        /// Something was sent, and nothing has arrived since.
        case waiting(Scheduled<Void>)
        case pinged(Scheduled<Void>)
    }

    private let patience: TimeAmount
    private var state = State.quiet

    /// - Parameter patience: how long the detector waits for a byte before it sends the ping. After the ping, it waits
    ///   for the same time again before it closes the connection.
    init(patience: TimeAmount = .seconds(5)) { self.patience = patience }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .quiet = state { state = .waiting(after(context) { $0.ping($1) }) }
        context.write(data, promise: promise)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        rest()
        context.fireChannelRead(data)
    }

    func channelInactive(context: ChannelHandlerContext) {
        rest()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { rest() }

    private func rest() {
        switch state {
        case .quiet: break
        case .waiting(let timer), .pinged(let timer): timer.cancel()
        }
        state = .quiet
    }

    private func ping(_ context: ChannelHandlerContext) {
        state = .pinged(
            after(context) {
                $0.state = .quiet
                $1.channel.drop()
            }
        )
        // The ping starts at the far end of the pipeline, because frames are encoded on the way.
        let frame = HTTP2Frame(streamID: .rootStream, payload: .ping(HTTP2PingData(withInteger: 0), ack: false))
        context.pipeline.syncOperations.writeAndFlush(NIOAny(frame), promise: nil)
    }

    private func after(
        _ context: ChannelHandlerContext,
        _ body: @escaping (SilenceDetector, ChannelHandlerContext) -> Void
    ) -> Scheduled<Void> {
        context.eventLoop.assumeIsolated().scheduleTask(in: patience) { body(self, context) }
    }
}
