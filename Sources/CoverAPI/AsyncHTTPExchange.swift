import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// The real network: AsyncHTTPClient with a thread of its own, HTTP/2 where the server offers it, connections kept alive.
///
/// Nothing is made before the first request, so that starting up costs nothing.
public final class AsyncHTTPExchange: HTTPExchange {
    private struct Network {
        var client: HTTPClient
        var threads: MultiThreadedEventLoopGroup
    }

    private enum State {
        case unused
        case open(Network)
        case closed
    }

    private let connectTimeout: Duration
    private let proxy: HTTPProxy?
    private let state = Mutex(State.unused)

    /// - Parameters:
    ///   - connectTimeout: for TCP and TLS together.
    ///   - proxy: through which every request goes.
    public init(connectTimeout: Duration = .seconds(10), proxy: HTTPProxy? = nil) {
        self.connectTimeout = connectTimeout
        self.proxy = proxy
    }

    public func perform(_ request: ExchangeRequest, receive: (ExchangePart) throws -> Void) async throws {
        guard let client = client() else { throw CoverError(.shuttingDown, "The client has been shut down.") }
        var outgoing = HTTPClientRequest(url: request.url)
        outgoing.method = HTTPMethod(rawValue: request.method)
        outgoing.headers = HTTPHeaders(request.headers.map { ($0.name, $0.value) })
        if let body = request.body { outgoing.body = .bytes(ByteBuffer(bytes: body)) }

        let response: HTTPClientResponse
        do {
            // The caller's own deadline cancels the task.
            response = try await client.execute(outgoing, deadline: .distantFuture)
        } catch {
            throw Self.translated(error)
        }
        let headers = response.headers.map { (name: $0.name, value: $0.value) }
        try receive(.head(ExchangeHead(status: Int(response.status.code), headers: headers)))
        var pieces = response.body.makeAsyncIterator()
        while true {
            let piece: ByteBuffer?
            do { piece = try await pieces.next() } catch { throw Self.broken(Self.translated(error)) }
            guard let piece else { return }
            try receive(.body(Array(piece.readableBytesView)))
        }
    }

    /// As the other one would, at half its price: it takes AsyncHTTPClient's way without a task, an actor and a timer for each request.
    public func collect(_ request: ExchangeRequest, limit: Int) async throws -> ExchangeResponse {
        guard let client = client() else { throw CoverError(.shuttingDown, "The client has been shut down.") }
        let collector = ResponseCollector(limit: limit)
        do {
            let outgoing = try HTTPClient.Request(
                url: request.url,
                method: HTTPMethod(rawValue: request.method),
                headers: HTTPHeaders(request.headers.map { ($0.name, $0.value) }),
                body: request.body.map { .bytes($0) }
            )
            let task = client.execute(request: outgoing, delegate: collector)
            return try await withTaskCancellationHandler {
                try await task.get()
            } onCancel: {
                task.cancel()
            }
        } catch let error as CoverError {
            throw error
        } catch {
            let error = Self.translated(error)
            throw collector.hasHead ? Self.broken(error) : error
        }
    }

    public func shutdown() async {
        let network = state.withLock { state -> Network? in
            defer { state = .closed }
            guard case .open(let network) = state else { return nil }
            return network
        }
        guard let network else { return }
        // Neither has anything to tell that anybody could act upon: the process is ending.
        try? await network.client.shutdown()
        try? await network.threads.shutdownGracefully()
    }

    private func client() -> HTTPClient? {
        state.withLock { state in
            switch state {
            case .open(let network): return network.client
            case .closed: return nil
            case .unused:
                let network = makeNetwork()
                state = .open(network)
                return network.client
            }
        }
    }

    private func makeNetwork() -> Network {
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.timeout.connect = .nanoseconds(connectTimeout.wholeMilliseconds * 1_000_000)
        // Whoever asked decides about trying again.
        configuration.connectionPool.retryConnectionEstablishment = false
        // Eight, as it comes, would have queries wait for a slow API's answers to others, and run out of time before they are sent.
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 64
        // Nobody listens to its spans.
        configuration.tracing.tracer = nil
        if let proxy {
            let login = proxy.login.map { login in
                let parts = login.text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
                return HTTPClient.Authorization.basic(
                    username: String(parts[0]),
                    password: parts.count > 1 ? String(parts[1]) : ""
                )
            }
            configuration.proxy = .server(
                host: proxy.address.host,
                port: proxy.address.port ?? 3128,
                authorization: login
            )
        }
        let threads = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        return Network(
            client: HTTPClient(eventLoopGroupProvider: .shared(threads), configuration: configuration),
            threads: threads
        )
    }
}
