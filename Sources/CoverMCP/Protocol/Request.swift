import JSONRPC
import Jansson

/// A request whose protocol revision is known.
struct Request: Sendable {
    let method: Method
    let revision: ProtocolRevision
    private let parameters: JSONValue?
    /// The token with which the host wants progress reports: a string or a number, byte for byte. Nil if it wants none.
    let progressToken: [UInt8]?
    /// The level from which the host wants log messages during this request (2026-07-28).
    let logLevel: LogLevel?

    /// - Parameters:
    ///   - call: the call of the peer.
    ///   - hasShakenHands: whether `initialize` was answered before.
    /// - Throws: the error that the protocol defines for a request that cannot be answered.
    init(_ call: Call, hasShakenHands: Bool) throws(RPCError) {
        parameters = call.parameters.value
        let meta = parameters?["_meta"]?.present
        if let meta, meta.kind != .object { throw .invalidParams("params._meta must be an object", parameter: "_meta") }
        let method = Method(rawValue: call.method)
        let namesVersion = meta?[MetaKey.protocolVersion]?.present != nil
        revision = ProtocolRevision(of: method, namesVersion: namesVersion, hasShakenHands: hasShakenHands)
        let isStateless = revision == .stateless
        if isStateless, method != nil || namesVersion { try Self.check(meta) }
        guard let method, method.revisions.contains(revision) else { throw .noSuchMethod(call.method) }
        if let kind = parameters?.kind, kind != .object {
            throw .invalidParams("params must be an object, this is \(kind.phrase)", parameter: "params")
        }
        self.method = method
        let token = meta?["progressToken"]?.present
        if let token, ![.string, .integer, .real].contains(token.kind) {
            throw .invalidParams("a progressToken is a string or a number", parameter: "_meta.progressToken")
        }
        progressToken = call.parameters.progressToken
        logLevel = isStateless ? try meta?[MetaKey.logLevel]?.present.map(LogLevel.read) : nil
    }

    /// Checks the members of `_meta` that 2026-07-28 requires in every request.
    private static func check(_ meta: JSONValue?) throws(RPCError) {
        let missing = [MetaKey.protocolVersion, MetaKey.clientCapabilities].filter { meta?[$0]?.present == nil }
        guard missing.isEmpty else {
            throw .invalidParams(
                "params._meta lacks \(missing.joined(separator: " and ")); hosts up to 2025-11-25 send initialize first",
                parameter: "_meta"
            )
        }
        guard let version = meta?[MetaKey.protocolVersion]?.string else {
            throw .invalidParams("the protocol version in params._meta must be a string", parameter: "_meta")
        }
        guard ProtocolRevision.stateless.versions.contains(version) else { throw .unsupportedVersion(version) }
        guard meta?[MetaKey.clientCapabilities]?.kind == .object else {
            throw .invalidParams("the client capabilities in params._meta must be an object", parameter: "_meta")
        }
        if let info = meta?[MetaKey.clientInfo]?.present, info.kind != .object {
            throw .invalidParams("the client info in params._meta must be an object", parameter: "_meta")
        }
    }

    /// A parameter; null counts as absent.
    subscript(name: String) -> JSONValue? { parameters?[name]?.present }

    /// The cursor of a list; nil for the first page. An empty one counts as absent, because some hosts send it first.
    var cursor: JSONValue? { self["cursor"].flatMap { $0.string == "" ? nil : $0 } }

    /// A required parameter that is a string.
    func string(_ name: String) throws(RPCError) -> String {
        guard let text = self[name]?.string else {
            throw .invalidParams("the parameter \"\(name)\" must be a string", parameter: name)
        }
        return text
    }
}

extension JSONValue {
    /// This value, or nil if it is null. Hosts write null for an absent value.
    var present: JSONValue? { isNull ? nil : self }
}

/// The methods of the protocol that the bridge answers.
enum Method: String, Sendable {
    case initialize, ping
    case discover = "server/discover"
    case listTools = "tools/list"
    case callTool = "tools/call"
    case listResources = "resources/list"
    case listTemplates = "resources/templates/list"
    case readResource = "resources/read"
    case subscribe = "resources/subscribe"
    case unsubscribe = "resources/unsubscribe"
    case listen = "subscriptions/listen"
    case complete = "completion/complete"
    case setLogLevel = "logging/setLevel"

    /// The revisions that have this method.
    var revisions: [ProtocolRevision] {
        switch self {
        case .initialize, .ping, .subscribe, .unsubscribe, .setLogLevel: [.handshake]
        case .discover, .listen: [.stateless]
        case .listTools, .callTool, .listResources, .listTemplates, .readResource, .complete: [.handshake, .stateless]
        }
    }
}

extension RPCError {
    static func noSuchMethod(_ name: String) -> RPCError {
        RPCError(code: -32601, message: "there is no method \"\(name.prefix(100))\" here", kind: "methodNotFound")
    }

    /// The error -32022 of 2026-07-28.
    static func unsupportedVersion(_ version: String) -> RPCError {
        RPCError(
            code: -32022,
            message: "Unsupported protocol version",
            kind: "unsupportedProtocolVersion",
            details: [
                Detail("supported", ProtocolRevision.allVersions), Detail("requested", String(version.prefix(100))),
            ]
        )
    }
}
