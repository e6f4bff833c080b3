import NIOCore
import NIOHTTP2

/// Marks the requests that a closing HTTP/2 connection has not processed: those on streams above the last one that
/// GOAWAY names (RFC 9113 §6.8). Any such request may be sent again.
///
/// After a GOAWAY with ENHANCE_YOUR_CALM, no request is sent again: a server that sends this code asks for fewer
/// requests.
///
/// NIOHTTP2 ends such a stream with the error code `cancel`. Its documentation does not promise that code, and a server
/// may also send it for a request that it has processed.
final class RefusedStreams: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame
    typealias InboundOut = HTTP2Frame

    private var lastProcessed = HTTP2StreamID.maxID
    private var wantsCalm = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .goAway(let last, let code, _) = unwrapInboundIn(data).payload {
            lastProcessed = min(last, lastProcessed)
            wantsCalm = wantsCalm || code == .enhanceYourCalm
        }
        context.fireChannelRead(data)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard let closed = event as? StreamClosedEvent, closed.reason == .cancel,
            wantsCalm || closed.streamID > lastProcessed
        else {
            context.fireUserInboundEventTriggered(event)
            return
        }
        let reason = wantsCalm ? HTTP2ErrorCode.enhanceYourCalm : .refusedStream
        context.fireUserInboundEventTriggered(StreamClosedEvent(streamID: closed.streamID, reason: reason))
    }
}
