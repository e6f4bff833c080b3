import CoverModel

/// Sends one HTTP request, and passes on the answer. This is the boundary to the network. The protocol is small, so
/// that tests can replace the network.
public protocol HTTPExchange: Sendable {
    /// Sends a request, and calls `receive` with the head and then with each piece of the body.
    ///
    /// This method never follows redirects. Cancelling the task, or an error from `receive`, ends the request and its
    /// stream.
    ///
    /// - Throws: `CoverError` of the kinds `unreachable` and `requestTimeout` (the time limit for connecting),
    ///   `untrustedServer` and `malformedResponse`; `CancellationError`; what `receive` throws.
    func perform(_ request: ExchangeRequest, receive: (ExchangePart) async throws -> Void) async throws

    /// Sends a request, and collects an answer of at most `limit` bytes. There is a default implementation on top of
    /// ``perform(_:receive:)``.
    ///
    /// - Throws: the errors of ``perform(_:receive:)``; `malformedResponse` for a longer body or no answer.
    func collect(_ request: ExchangeRequest, limit: Int) async throws -> ExchangeResponse

    /// Closes all connections. The exchange cannot be used afterwards.
    func shutdown() async
}

/// An HTTP request.
public struct ExchangeRequest: Sendable {
    /// The method, such as `GET`.
    public var method: String
    /// The absolute URL, in ASCII.
    public var url: String
    /// The headers.
    public var headers: [(name: String, value: String)]
    /// The body; nil for none.
    public var body: [UInt8]?

    /// - Parameters:
    ///   - method: the method, such as `GET`.
    ///   - url: the absolute URL, in ASCII.
    ///   - headers: the headers.
    ///   - body: the body; nil for none.
    public init(method: String = "GET", url: String, headers: [(name: String, value: String)], body: [UInt8]? = nil) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
    }
}

/// A part of an answer: first the head, then pieces of the body.
public enum ExchangePart: Sendable {
    case head(ExchangeHead)
    case body([UInt8])
}

/// The start of an answer.
public struct ExchangeHead: Sendable {
    /// The HTTP status.
    public var status: Int
    /// The headers, in the order of the answer.
    public var headers: [(name: String, value: String)]

    /// - Parameters:
    ///   - status: the HTTP status.
    ///   - headers: the headers, in the order of the answer.
    public init(status: Int, headers: [(name: String, value: String)] = []) {
        self.status = status
        self.headers = headers
    }

    /// The value of the first header with this name; case does not matter.
    public subscript(name: String) -> String? {
        headers.first { $0.name.isEqual(inAnyCase: name) }?.value
    }
}

/// A complete answer.
public struct ExchangeResponse: Sendable {
    /// The status and the headers.
    public var head: ExchangeHead
    /// The body, with its codings removed.
    public var body: [UInt8]

    /// - Parameters:
    ///   - head: the status and the headers.
    ///   - body: the body, with its codings removed.
    public init(head: ExchangeHead, body: [UInt8]) {
        self.head = head
        self.body = body
    }
}

extension HTTPExchange {
    /// Collects an answer with ``perform(_:receive:)``.
    ///
    /// - Throws: the errors of ``perform(_:receive:)``; `malformedResponse` for a longer body or no answer.
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

extension String {
    /// Whether two names differ at most in the case of ASCII letters. Unicode's rules would cost more than all other
    /// work on a head.
    fileprivate func isEqual(inAnyCase other: String) -> Bool {
        let letters = UInt8(ascii: "a")...UInt8(ascii: "z")
        return utf8.count == other.utf8.count
            && zip(utf8, other.utf8).allSatisfy { $0 == $1 || $0 | 0x20 == $1 | 0x20 && letters ~= $0 | 0x20 }
    }
}

extension CoverError {
    /// The error for an answer that is longer than the limit.
    static func oversized(_ limit: Int, status: Int?) -> CoverError {
        CoverError(
            .malformedResponse,
            "The API's answer is larger than \(limit) bytes; it was not read to its end.",
            httpStatus: status
        )
    }
}
