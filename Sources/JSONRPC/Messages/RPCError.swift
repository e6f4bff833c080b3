public import Jansson

/// The error of a JSON-RPC response: a code, a sentence, and `data` with a stable `kind` (JSON-RPC 2.0 §5.1).
public struct RPCError: Error, Sendable {
    /// The number that the protocol gives to this error.
    public var code: Int
    /// What is wrong, where, and what to do next.
    public var message: String
    /// A stable word for programs; `data.kind` on the wire.
    public var kind: String
    /// Whether the same request can succeed later.
    public var retryable: Bool
    /// Further members of `data`.
    public var details: [Detail]

    /// One further member of `data`.
    public struct Detail: Sendable {
        /// The name of the member.
        public var name: String
        /// The value of the member.
        public var value: any JSONEncodable & Sendable

        /// - Parameters:
        ///   - name: the name of the member.
        ///   - value: the value of the member.
        public init(_ name: String, _ value: some JSONEncodable & Sendable) {
            self.name = name
            self.value = value
        }
    }

    /// - Parameters:
    ///   - code: the number that the protocol gives to this error.
    ///   - message: what is wrong, where, and what to do next.
    ///   - kind: a stable word for programs.
    ///   - retryable: whether the same request can succeed later.
    ///   - details: further members of `data`.
    public init(code: Int, message: String, kind: String, retryable: Bool = false, details: [Detail] = []) {
        self.code = code
        self.message = message
        self.kind = kind
        self.retryable = retryable
        self.details = details
    }
}

extension RPCError: JSONEncodable {
    /// Writes the `error` object of a response.
    public func encode(to writer: inout JSONWriter) {
        writer.object {
            $0.member("code", code)
            $0.member("message", message)
            $0.member("data") {
                $0.object {
                    $0.member("kind", kind)
                    $0.member("retryable", retryable)
                    for detail in details { $0.member(detail.name, detail.value) }
                }
            }
        }
    }
}

/// The errors of JSON-RPC 2.0 (§5.1) and of the Language Server Protocol (`RequestCancelled`).
extension RPCError {
    /// The message is not JSON: -32700.
    public static func parseError(_ message: String) -> RPCError {
        RPCError(code: -32700, message: message, kind: "parseError")
    }

    /// The message is JSON but no valid request: -32600.
    public static func invalidRequest(_ message: String) -> RPCError {
        RPCError(code: -32600, message: message, kind: "invalidRequest")
    }

    /// The method does not exist: -32601.
    public static func methodNotFound(_ method: String) -> RPCError {
        RPCError(
            code: -32601,
            message: "there is no method \"\(method.prefix(100))\"; rpc.discover lists those there are",
            kind: "methodNotFound"
        )
    }

    /// A parameter is wrong or missing: -32602.
    ///
    /// - Parameters:
    ///   - message: what is wrong.
    ///   - parameter: the name of the parameter; it becomes `data.parameter`.
    public static func invalidParams(_ message: String, parameter: String) -> RPCError {
        RPCError(code: -32602, message: message, kind: "invalidParams", details: [Detail("parameter", parameter)])
    }

    /// The request failed for a reason of the server: -32603.
    public static func internalError(_ message: String) -> RPCError {
        RPCError(code: -32603, message: message, kind: "internalError")
    }

    /// The peer cancelled the request: -32800.
    public static let cancelled = RPCError(code: -32800, message: "the request was cancelled", kind: "cancelled")

    static let duplicateID = RPCError(
        code: -32600,
        message: "a request with this id is still being answered; use another id",
        kind: "duplicateId"
    )

    static let shuttingDown = RPCError(
        code: -32600,
        message: "the session was shut down; only exit is left to send",
        kind: "shuttingDown"
    )

    /// The answer to a request that is in flight when the session ends.
    ///
    /// - Parameter effect: what the request may have done already; nil if the peer can simply repeat the request.
    static func ended(_ codes: ServerCodes, effect: String? = nil) -> RPCError {
        let advice = effect.map { ". " + $0 } ?? "; start it again and repeat the request"
        return RPCError(code: codes.stopping, message: "the bridge is stopping" + advice, kind: "shuttingDown")
    }

    /// The answer to a request that the peer cancelled.
    ///
    /// - Parameter effect: what the request may have done already; nil for nothing.
    static func cancelled(effect: String?) -> RPCError {
        var error = cancelled
        if let effect { error.message += ". " + effect }
        return error
    }

    static func overloaded(_ codes: ServerCodes, limit: Int) -> RPCError {
        RPCError(
            code: codes.overloaded,
            message: "\(limit) requests are being answered, which is the limit; wait for some of them",
            kind: "overloaded",
            retryable: true
        )
    }

    /// - Parameter limitName: the option that sets the limit of a message; nil if there is none.
    init(_ fault: FrameFault, limitName: String?) {
        switch fault {
        case .messageTooLarge(let limit):
            let name = limitName.map { " (\($0))" } ?? ""
            self.init(
                code: -32600,
                message: "the message is larger than the limit of \(limit) bytes\(name); it was skipped",
                kind: "messageTooLarge"
            )
        case .headerTooLarge(let limit):
            self.init(
                code: -32600,
                message: "the header block is larger than the limit of \(limit) bytes; it was skipped with its message",
                kind: "messageTooLarge"
            )
        case .malformedHeader(let reason):
            self = .invalidRequest("\(reason); the message was skipped")
        case .truncated:
            self = .parseError("the input ended before the message was complete")
        }
    }
}
