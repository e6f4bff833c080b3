import AsyncHTTPClient
import CoverModel
import NIOCore
import NIOHTTP1

/// The real network: AsyncHTTPClient with a thread of its own, HTTP/2 where the server offers it, connections kept alive.
///
/// Nothing is made before the first request, so that starting up costs nothing.
public final class AsyncHTTPExchange: HTTPExchange {
    let connections: Connections

    /// - Parameters:
    ///   - connectTimeout: for TCP and TLS together.
    ///   - settings: proxies, and which servers are believed.
    ///   - endpoint: where the API is. Unless it is at an address of this machine or of a private network itself, no other host at such
    ///     an address is asked anything.
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

    public func perform(_ request: ExchangeRequest, receive: (ExchangePart) async throws -> Void) async throws {
        // The caller's own deadline cancels the task.
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

    /// As the other one would, at half its price: it takes AsyncHTTPClient's way without a task, an actor and a timer for each request.
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

    /// Sends a request again where the server has not processed it, and a query also where a connection that closed cut it off.
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
                } else if request.method == "GET", cuts < Self.mostCuts,
                    Self.isReset(error) || Self.isClosed(error) && host.connections.wasShared(since: before)
                {
                    cuts += 1
                } else if Self.isOfCertificate(error), !Task.isCancelled,
                    await connections.hasNewAuthorities(since: host)
                {
                    continue
                } else {
                    throw await explained(error, host)
                }
                // Each one takes a connection of its own, as long as the server takes but few requests on one.
                try await Task.sleep(for: .milliseconds(min((refusals + cuts) * 5, 500)))
            }
        }
    }

    /// How long a request is sent that the server does not process. Less than a request's own time limit, whose error would not say so.
    private static let refusalPatience = TimeAmount.seconds(20)
    /// How often a query is sent again that was cut off.
    private static let mostCuts = 3

    public func shutdown() async { await connections.shutdown() }

    private static func headers(_ request: ExchangeRequest) -> HTTPHeaders {
        var headers = HTTPHeaders(request.headers.map { ($0.name, $0.value) })
        // What is packed all the same is unpacked; to ask for it would cost more than it saves.
        headers.add(name: "Accept-Encoding", value: "identity")
        return headers
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
