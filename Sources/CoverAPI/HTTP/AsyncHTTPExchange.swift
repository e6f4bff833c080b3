import AsyncHTTPClient
import CoverModel
import NIOCore
import NIOHTTP1

/// The real network: AsyncHTTPClient with a thread of its own. It uses HTTP/2 if the server offers it, and keeps
/// connections alive.
///
/// Nothing is created before the first request, so that the start costs nothing.
public final class AsyncHTTPExchange: HTTPExchange {
    let connections: Connections

    /// - Parameters:
    ///   - connectTimeout: the time limit of TCP and TLS together.
    ///   - settings: the proxies and the trusted authorities.
    ///   - endpoint: the address of the API. If the API is on a public host, requests to other hosts must not lead to
    ///     this machine or to a private network. Such requests are refused.
    public init(
        connectTimeout: Duration = .seconds(10),
        settings: NetworkSettings = NetworkSettings(),
        endpoint: String? = nil
    ) {
        connections = Connections(
            connectTimeout: connectTimeout,
            settings: settings,
            endpoint: endpoint.flatMap { WebAddress($0) }
        )
    }

    /// Sends a request, and passes the answer to `receive` part by part.
    ///
    /// - Throws: the errors of ``HTTPExchange/perform(_:receive:)``.
    public func perform(_ request: ExchangeRequest, receive: (ExchangePart) async throws -> Void) async throws {
        // The caller's deadline cancels the task.
        let (response, host) = try await sending(request) { host in
            var outgoing = HTTPClientRequest(url: request.url)
            outgoing.method = HTTPMethod(rawValue: request.method)
            outgoing.headers = Self.headers(request)
            if let body = request.body { outgoing.body = .bytes(ByteBuffer(bytes: body)) }
            return (try await host.client.execute(outgoing, deadline: .distantFuture), host)
        }
        let headers = response.headers.map { (name: $0.name, value: $0.value) }
        let head = ExchangeHead(status: Int(response.status.code), headers: headers)
        let unpacker = try Unpacker.undoing(head)
        try await receive(.head(head))
        var pieces = response.body.makeAsyncIterator()
        while true {
            let piece: ByteBuffer?
            do { piece = try await pieces.next() } catch { throw Self.broken(Self.translated(error, host)) }
            guard let piece else { return }
            let bytes = Array(piece.readableBytesView)
            guard let unpacker else {
                try await receive(.body(bytes))
                continue
            }
            unpacker.take(bytes)
            while let unpacked = try unpacker.next() { try await receive(.body(unpacked)) }
        }
    }

    /// Does the same as the default implementation at half the cost: it uses AsyncHTTPClient's delegate, without a
    /// task, an actor and a timer per request.
    ///
    /// - Throws: the errors of ``HTTPExchange/collect(_:limit:)``.
    public func collect(_ request: ExchangeRequest, limit: Int) async throws -> ExchangeResponse {
        try await sending(request) { host in
            let collector = ResponseCollector(limit: limit)
            do {
                let outgoing = try HTTPClient.Request(
                    url: request.url,
                    method: HTTPMethod(rawValue: request.method),
                    headers: Self.headers(request),
                    body: request.body.map { .bytes($0) }
                )
                let task = host.client.execute(request: outgoing, delegate: collector)
                return try await withTaskCancellationHandler {
                    try await task.get()
                } onCancel: {
                    task.cancel()
                }
            } catch {
                throw collector.hasHead ? Self.broken(Self.translated(error, host)) : error
            }
        }
    }

    /// Sends a request again if the server has not processed it. A query is also sent again if a closing connection cut
    /// it off.
    private func sending<Value>(
        _ request: ExchangeRequest,
        _ send: (HostClient) async throws -> Value
    ) async throws -> Value {
        let start = NIODeadline.now()
        var (refusals, cuts) = (0, 0)
        while true {
            let host = try await connections.host(for: request.url)
            let before = host.connections.snapshot
            do { return try await send(host) } catch {
                if Self.isUntouched(error) {
                    guard NIODeadline.now() - start < Self.refusalPatience else { throw Self.refused(for: host) }
                    refusals += 1
                } else if request.method == "GET",
                    Self.isReset(error) && cuts < Self.mostResets
                        || Self.isClosed(error) && cuts < Self.mostCuts && host.connections.wasShared(since: before)
                {
                    cuts += 1
                } else if Self.isOfCertificate(error), !Task.isCancelled,
                    await connections.hasNewAuthorities(since: host)
                {
                    continue
                } else {
                    throw await explained(error, host)
                }
                // Each try uses a new connection while the server accepts few requests per connection.
                try await Task.sleep(for: .milliseconds(min((refusals + cuts) * 5, 500)))
            }
        }
    }

    /// How long to repeat a request that the server does not process. This time is shorter than the request's time
    /// limit, because the error of that limit would not name the reason.
    private static let refusalPatience = TimeAmount.seconds(20)
    /// How often a query that was cut off is sent again.
    private static let mostCuts = 3
    /// How often a query whose stream was reset is sent again. The connection may still be there, so the next reset may come
    /// at once. The client repeats the query later, within the rate.
    private static let mostResets = 1

    /// Closes all connections. The exchange cannot be used afterwards.
    public func shutdown() async { await connections.shutdown() }

    private static func headers(_ request: ExchangeRequest) -> HTTPHeaders {
        var headers: [(String, String)] = []
        headers.reserveCapacity(request.headers.count + 1)
        for (name, value) in request.headers { headers.append((name, value)) }
        // The request asks for an answer without compression, because compression would cost more than it saves. If the
        // server compresses the answer anyway, the client unpacks the answer.
        headers.append(("Accept-Encoding", "identity"))
        return HTTPHeaders(headers)
    }

    private func explained(_ error: any Error, _ host: HostClient) async -> any Error {
        if !Task.isCancelled, connections.isClosed {
            return CoverError(.shuttingDown, "The client has been shut down.")
        }
        guard Self.isOfCertificate(error), !Task.isCancelled else { return Self.translated(error, host) }
        do {
            return try await host.diagnosis.error(of: host.address.host) { [connections] in
                guard let handshake = try? await connections.handshake(with: host) else { return nil }
                let authorities = await connections.authorities()
                return handshake.fault(
                    for: host.address.host,
                    among: authorities,
                    namedIn: connections.authorityWays,
                    now: Timeline.system.wallTime
                )
            }
        } catch {
            return error
        }
    }
}
