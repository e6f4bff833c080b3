import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

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

    /// Says in the house's words what went wrong on the way, without anything that came from outside.
    private static func translated(_ error: any Error) -> any Error {
        if Task.isCancelled || error is CancellationError { return CancellationError() }
        if error is HTTPParserError {
            return CoverError(.malformedResponse, "What the server sent is no HTTP.")
        }
        guard let error = error as? HTTPClientError else {
            return CoverError(.unreachable, "The server could not be reached: \(cause(error)).")
        }
        switch error {
        case .connectTimeout, .deadlineExceeded, .readTimeout, .writeTimeout, .tlsHandshakeTimeout,
            .getConnectionFromPoolTimeout, .httpProxyHandshakeTimeout, .socksHandshakeTimeout:
            return CoverError(.requestTimeout, "The server did not answer in time: \(error.shortDescription).")
        case .cancelled, .alreadyShutdown:
            return CoverError(.shuttingDown, "The client has been shut down.")
        default:
            return CoverError(.unreachable, "The connection failed: \(error.shortDescription).")
        }
    }

    /// What fails after the head of an answer is no failure to reach the server, but an answer that broke off.
    private static func broken(_ error: any Error) -> any Error {
        guard let error = error as? CoverError, error.kind == .unreachable else { return error }
        return CoverError(.malformedResponse, "The answer broke off before its end.")
    }

    private static func cause(_ error: any Error) -> String {
        switch error {
        case let error as NIOConnectionError:
            if let first = error.connectionErrors.first?.error { return cause(first) }
            return error.dnsAError == nil && error.dnsAAAAError == nil ? "no address" : "the host's name is not known"
        case let error as IOError:
            switch error.errnoCode {
            case ECONNREFUSED: return "the connection was refused; check the endpoint"
            case EHOSTUNREACH, ENETUNREACH: return "there is no way to its network"
            default: return "the system gives error \(error.errnoCode)"
            }
        default: return "\(type(of: error))"
        }
    }
}
