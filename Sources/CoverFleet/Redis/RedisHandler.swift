import Hiredis
import NIOCore
import Synchronization

/// Passes each answer of a connection to its command.
final class RedisHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = RedisRequest
    typealias OutboundOut = ByteBuffer

    private struct Pending {
        let request: RedisRequest
        let timeout: Scheduled<Void>
        var answers: [Reply] = []
    }

    private let reader = ReplyReader()
    private var pending = CircularBuffer<Pending>()
    private let ending: RedisEnding
    private var hasHeard = false
    private let hear: @Sendable ([UInt8]) -> Void

    /// - Parameters:
    ///   - ending: records why the connection ended.
    ///   - hear: receives the messages of the subscribed channels.
    init(ending: RedisEnding, hear: @escaping @Sendable ([UInt8]) -> Void) {
        self.ending = ending
        self.hear = hear
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let request = unwrapOutboundIn(data)
        if let fault = ending.fault {
            request.promise.fail(fault)
            promise?.fail(fault)
            return
        }
        let loop = context.eventLoop.assumeIsolated()
        let timeout = loop.scheduleTask(deadline: request.deadline) { self.end(context, .silent) }
        pending.append(Pending(request: request, timeout: timeout))
        context.write(wrapOutboundOut(request.bytes), promise: promise)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        hasHeard = true
        do throws(ReplyReader.Malformed) {
            for reply in try reader.replies(after: Array(buffer.readableBytesView)) { take(reply, context) }
        } catch {
            end(context, .foreign)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { end(context, RedisFault(error)) }

    func channelInactive(context: ChannelHandlerContext) {
        end(context, .closed)
        context.fireChannelInactive()
    }

    private func take(_ reply: Reply, _ context: ChannelHandlerContext) {
        if case .array(let parts) = reply, parts.count == 3, parts[0] == .bytes(Array("message".utf8)),
            case .bytes(let message) = parts[2]
        {
            hear(message)
            return
        }
        guard !pending.isEmpty else {
            // A server that takes no more clients says so before it gets a command, and closes the connection.
            if case .error(let text) = reply { end(context, .refused(text)) }
            return
        }
        pending[pending.startIndex].answers.append(reply)
        guard let first = pending.first, first.answers.count == first.request.count else { return }
        pending.removeFirst()
        first.timeout.cancel()
        first.request.promise.succeed(first.answers)
    }

    private func end(_ context: ChannelHandlerContext, _ fault: RedisFault) {
        guard ending.fault == nil else { return }
        let fault = fault == .closed && !hasHeard ? .turnedAway : fault
        ending.record(fault)
        for pending in pending {
            pending.timeout.cancel()
            // If the server sends an error before it closes the connection, the error is the better reason.
            if let answer = pending.answers.first, case .error(let text) = answer {
                pending.request.promise.fail(RedisFault.refused(text))
            } else {
                pending.request.promise.fail(fault)
            }
        }
        pending.removeAll()
        context.close(promise: nil)
    }
}

/// Why a connection ended. A command that comes after the end gets this fault too.
final class RedisEnding: Sendable {
    private let state = Mutex<RedisFault?>(nil)

    /// Nil while the connection has not ended.
    var fault: RedisFault? { state.withLock(\.self) }

    func record(_ fault: RedisFault) { state.withLock { $0 = fault } }
}
