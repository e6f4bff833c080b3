public import Jansson

/// The error of a JSON-RPC response: a code, a sentence, and `data` with a stable `kind`.
public struct RPCError: Error, Sendable {
    public var code: Int
    /// What is wrong, where, and what to do next.
    public var message: String
    /// A stable word for programs, `data.kind` on the wire.
    public var kind: String
    /// Whether the same request can succeed later.
    public var retryable: Bool
    /// Further members of `data`, written as they are.
    public var details: [Detail]

    /// One further member of `data`.
    public struct Detail: Sendable {
        public var name: String
        public var value: any JSONEncodable & Sendable

        public init(_ name: String, _ value: some JSONEncodable & Sendable) {
            self.name = name
            self.value = value
        }
    }

    public init(code: Int, message: String, kind: String, retryable: Bool = false, details: [Detail] = []) {
        self.code = code
        self.message = message
        self.kind = kind
        self.retryable = retryable
        self.details = details
    }
}

extension RPCError: JSONEncodable {
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

/// The errors of JSON-RPC 2.0 (section 5.1) and of the Language Server Protocol (`RequestCancelled`).
extension RPCError {
    public static func parseError(_ message: String) -> RPCError {
        RPCError(code: -32700, message: message, kind: "parseError")
    }

    public static func invalidRequest(_ message: String) -> RPCError {
        RPCError(code: -32600, message: message, kind: "invalidRequest")
    }

    public static func methodNotFound(_ method: String) -> RPCError {
        RPCError(
            code: -32601,
            message: "there is no method \"\(method.prefix(100))\"; rpc.discover lists those there are",
            kind: "methodNotFound"
        )
    }

    /// - Parameter parameter: the parameter that is wrong or missing.
    public static func invalidParams(_ message: String, parameter: String) -> RPCError {
        RPCError(code: -32602, message: message, kind: "invalidParams", details: [Detail("parameter", parameter)])
    }

    public static func internalError(_ message: String) -> RPCError {
        RPCError(code: -32603, message: message, kind: "internalError")
    }

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

    /// For a request that is under way when the session ends.
    static func ended(_ codes: ServerCodes) -> RPCError {
        RPCError(
            code: codes.stopping,
            message: "the bridge is stopping; start it again and repeat the request",
            kind: "shuttingDown"
        )
    }

    static func overloaded(_ codes: ServerCodes, limit: Int) -> RPCError {
        RPCError(
            code: codes.overloaded,
            message: "\(limit) requests are being answered, which is the limit; wait for some of them",
            kind: "overloaded",
            retryable: true
        )
    }

    /// - Parameter limitName: the option that sets the limit of a message, if there is one.
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
        }
    }
}
