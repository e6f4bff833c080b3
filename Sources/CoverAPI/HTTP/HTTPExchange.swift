import CoverModel

/// Sends one HTTP request and hands out what comes back. The boundary to the network: small, so that tests can stand in for it.
public protocol HTTPExchange: Sendable {
    /// Sends a request and calls `receive` with the head, then with each piece of the body.
    ///
    /// Redirects are never followed. Cancelling the task, or an error from `receive`, ends the request down to the socket.
    ///
    /// - Throws: `CoverError` of the kinds `unreachable` and `requestTimeout` (the connect deadline), `CancellationError`, and
    ///   what `receive` throws.
    func perform(_ request: ExchangeRequest, receive: (ExchangePart) async throws -> Void) async throws

    /// Sends a request and collects an answer of at most `limit` bytes. There is one made of ``perform(_:receive:)``.
    ///
    /// - Throws: as ``perform(_:receive:)``; `malformedResponse` for a longer body or for none at all.
    func collect(_ request: ExchangeRequest, limit: Int) async throws -> ExchangeResponse

    /// Closes all connections. Nothing can be sent afterwards.
    func shutdown() async
}

public struct ExchangeRequest: Sendable {
    public var method: String
    /// Absolute, ASCII.
    public var url: String
    public var headers: [(name: String, value: String)]
    public var body: [UInt8]?

    public init(method: String = "GET", url: String, headers: [(name: String, value: String)], body: [UInt8]? = nil) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
    }
}

public enum ExchangePart: Sendable {
    case head(ExchangeHead)
    case body([UInt8])
}

/// The start of an answer.
public struct ExchangeHead: Sendable {
    public var status: Int
    public var headers: [(name: String, value: String)]

    public init(status: Int, headers: [(name: String, value: String)] = []) {
        self.status = status
        self.headers = headers
    }

    /// The first header of this name, in whatever case.
    public subscript(name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }
}

/// A whole answer.
public struct ExchangeResponse: Sendable {
    public var head: ExchangeHead
    public var body: [UInt8]

    public init(head: ExchangeHead, body: [UInt8]) {
        self.head = head
        self.body = body
    }
}

extension HTTPExchange {
    public func collect(_ request: ExchangeRequest, limit: Int) async throws -> ExchangeResponse {
        var head: ExchangeHead?
        var body: [UInt8] = []
        try await perform(request) { part in
            switch part {
            case .head(let received):
                head = received
                if let length = received["content-length"].flatMap({ Int($0) }), length > limit {
                    throw CoverError.oversized(limit, status: received.status)
                }
            case .body(let bytes):
                guard body.count + bytes.count <= limit else {
                    throw CoverError.oversized(limit, status: head?.status)
                }
                body += bytes
            }
        }
        guard let head else { throw CoverError(.malformedResponse, "The API closed the connection without an answer.") }
        return ExchangeResponse(head: head, body: body)
    }
}

extension CoverError {
    /// An answer of more than so many bytes.
    static func oversized(_ limit: Int, status: Int?) -> CoverError {
        CoverError(
            .malformedResponse,
            "The API's answer is larger than \(limit) bytes; it was not read to its end.",
            httpStatus: status
        )
    }
}
