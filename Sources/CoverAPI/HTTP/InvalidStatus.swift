import NIOCore
import NIOHPACK
import NIOHTTP1
import NIOHTTP2

/// Refuses an answer of HTTP/1 whose status is below 100.
///
/// AsyncHTTPClient skips each head with a status below 200, except 101, because an informational answer has no body. The
/// body or end of any other answer would then end the process.
final class InvalidStatus: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias InboundOut = HTTPClientResponsePart

    private var hasRefused = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // The decoder may have more of the refused answer. The error closes the connection.
        guard !hasRefused else { return }
        if case .head(let head) = unwrapInboundIn(data), head.status.code < 100 {
            hasRefused = true
            context.fireErrorCaught(HTTPParserError.invalidStatus)
        } else {
            context.fireChannelRead(data)
        }
    }
}

/// Refuses an answer of HTTP/2 whose status is not three digits from 100 to 999, or is 101, which HTTP/2 does not have
/// (RFC 9113 §8.6).
///
/// NIOHTTP2 compares only the first digit with 1, and AsyncHTTPClient compares numbers. Where the two disagree about what
/// is informational, the next part of the answer would end the process.
final class InvalidStatusOfStream: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame
    typealias InboundOut = HTTP2Frame

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        guard case .headers(let content) = frame.payload, let status = content.headers.first(name: ":status"),
            !Self.isValid(status)
        else { return context.fireChannelRead(data) }
        // The error ends the request, and with it the stream.
        context.fireErrorCaught(
            NIOHTTP2Errors.streamError(streamID: frame.streamID, baseError: HTTPParserError.invalidStatus)
        )
    }

    private static func isValid(_ status: String) -> Bool {
        let digits = status.utf8
        return digits.count == 3 && digits.first != UInt8(ascii: "0") && status != "101"
            && digits.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
    }
}
