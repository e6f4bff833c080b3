import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import ServiceLifecycle

/// Sends callbacks when they are due, but only to this machine. The sandbox is a double for tests, so it must not call
/// other machines.
final class CallbackSender: Service {
    private struct Scheduled: Sendable {
        let callback: Callback
        let delay: Duration
    }

    private let webhookKey: [UInt8]?
    private let clock: SandboxClock
    private let scheduled: AsyncStream<Scheduled>
    private let queue: AsyncStream<Scheduled>.Continuation

    /// - Parameter webhookKey: the key that signs the callbacks; nil for no signature.
    init(webhookKey: [UInt8]?, clock: SandboxClock) {
        self.webhookKey = webhookKey
        self.clock = clock
        (scheduled, queue) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(10_000))
    }

    /// Schedules a callback, if its address is on this machine.
    func send(_ callback: Callback, after delay: Duration) {
        if Self.isLoopback(callback.address) { queue.yield(Scheduled(callback: callback, delay: delay)) }
    }

    func run() async throws {
        var configuration = HTTPClient.Configuration()
        // A redirect could lead to another machine.
        configuration.redirectConfiguration = .disallow
        configuration.httpVersion = .http1Only
        configuration.http1_1ConnectionDebugInitializer = { channel in
            channel.eventLoop.makeCompletedFuture {
                let pipeline = channel.pipeline.syncOperations
                let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPResponseDecoder>.self)
                try pipeline.addHandler(InvalidStatus(), position: .after(decoder))
            }
        }
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                for await next in self.scheduled {
                    group.addTask { try? await self.deliver(next, with: client) }
                }
                group.cancelAll()
            }
        }
        try await client.shutdown()
    }

    private func deliver(_ next: Scheduled, with client: HTTPClient) async throws {
        try await clock.sleep(next.delay)
        for _ in 0..<(next.callback.announcement == .twice ? 2 : 1) {
            for attempt in 1...Callback.tries {
                if await isTaken(next.callback, by: client) { break }
                if attempt < Callback.tries { try await clock.sleep(.seconds(attempt)) }
            }
        }
    }

    private func isTaken(_ callback: Callback, by client: HTTPClient) async -> Bool {
        var request = HTTPClientRequest(url: callback.address)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/json")
        for (name, value) in callback.signature(key: webhookKey, now: clock.wallTime() / 1000) {
            request.headers.add(name: name, value: value)
        }
        request.body = .bytes(callback.body)
        let response = try? await client.execute(request, timeout: .seconds(15))
        return response.map { 200..<300 ~= $0.status.code } ?? false
    }

    /// Whether an address is `http` or `https`, then 127.0.0.1, [::1] or localhost, and perhaps a port. No other
    /// address is accepted, because another parser of URLs could find another host in it.
    private static func isLoopback(_ address: String) -> Bool {
        guard let scheme = ["http://", "https://"].first(where: { address.lowercased().hasPrefix($0) }) else {
            return false
        }
        let authority = address.dropFirst(scheme.count).prefix { !"/?#".contains($0) }.lowercased()
        guard let host = ["127.0.0.1", "[::1]", "localhost"].first(where: authority.hasPrefix) else { return false }
        let rest = authority.dropFirst(host.count)
        guard let colon = rest.first else { return true }
        let digits = rest.dropFirst()
        return colon == ":" && digits.allSatisfy(\.isWholeNumber) && 1...65_535 ~= Int(digits) ?? 0
    }
}

/// Refuses an answer whose status is below 100. AsyncHTTPClient skips each head with a status below 200, except 101. The
/// body or end of such an answer would then end the process.
private final class InvalidStatus: ChannelInboundHandler {
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
