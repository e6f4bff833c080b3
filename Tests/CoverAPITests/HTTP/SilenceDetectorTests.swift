import CoverModel
import NIOCore
import NIOEmbedded
import NIOHTTP2
import Testing

@testable import CoverAPI

/// Tests when a silent connection gets a ping, and when it is closed.
struct SilenceDetectorTests {
    /// A handler at the end of the pipeline. It counts the pings, and passes on some bytes for each frame.
    private final class Frames: ChannelOutboundHandler {
        typealias OutboundIn = HTTP2Frame
        typealias OutboundOut = ByteBuffer

        private(set) var pings = 0

        func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
            if case .ping(_, ack: false) = unwrapOutboundIn(data).payload { pings += 1 }
            context.write(wrapOutboundOut(ByteBuffer(string: "frame")), promise: promise)
        }
    }

    private let channel = EmbeddedChannel()
    private let frames = Frames()

    init() throws {
        try channel.pipeline.syncOperations.addHandlers([SilenceDetector(patience: .seconds(5)), frames])
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
    }

    private func ask() {
        let frame = HTTP2Frame(streamID: 1, payload: .data(.init(data: .byteBuffer(ByteBuffer()))))
        channel.pipeline.syncOperations.writeAndFlush(NIOAny(frame), promise: nil)
    }

    private func pass(_ seconds: Int64) { channel.embeddedEventLoop.advanceTime(by: .seconds(seconds)) }

    @Test func aConnectionWithoutAnAnswerIsPingedAndThenClosed() {
        ask()
        pass(4)
        #expect(frames.pings == 0)
        pass(2)
        #expect(frames.pings == 1)
        #expect(channel.isActive)
        pass(5)
        #expect(!channel.isActive)
    }

    @Test func anyByteIsASignOfLife() throws {
        ask()
        pass(6)
        try channel.writeInbound(ByteBuffer(string: "x"))
        pass(60)
        #expect(channel.isActive)
        #expect(frames.pings == 1)
    }

    @Test func anIdleConnectionIsNotPinged() throws {
        ask()
        pass(1)
        try channel.writeInbound(ByteBuffer(string: "answer"))
        pass(600)
        #expect(channel.isActive)
        #expect(frames.pings == 0)
    }

    @Test func theNextRequestIsWatchedAgain() throws {
        ask()
        try channel.writeInbound(ByteBuffer(string: "answer"))
        ask()
        pass(11)
        #expect(!channel.isActive)
    }
}
