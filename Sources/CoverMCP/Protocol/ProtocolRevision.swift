import CoverAPI
import JSONRPC
import Jansson

/// The two revisions of the Model Context Protocol. Hosts use both, and one session serves both. Each request belongs
/// to one of the revisions.
enum ProtocolRevision: Sendable {
    /// The versions up to 2025-11-25. `initialize` is the first request, and applies to the whole connection.
    case handshake
    /// The versions from 2026-07-28 on. The connection has no state, and each request names the client and the version
    /// in `_meta`.
    case stateless

    /// The versions of a revision, newest first.
    var versions: [String] {
        switch self {
        case .handshake: ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"]
        case .stateless: ["2026-07-28"]
        }
    }

    /// Finds the revision of a request. `initialize`, and `ping` without a version, belong to the handshake. Any other
    /// request is stateless if its `_meta` names a protocol version, or if no `initialize` was answered before it.
    ///
    /// - Parameters:
    ///   - method: the method; nil if it is unknown.
    ///   - namesVersion: whether `_meta` of the request names a protocol version.
    ///   - hasShakenHands: whether `initialize` was answered before.
    init(of method: Method?, namesVersion: Bool, hasShakenHands: Bool) {
        let isStateless = method != .initialize && (namesVersion || (!hasShakenHands && method != .ping))
        self = isStateless ? .stateless : .handshake
    }

    static let allVersions = ProtocolRevision.stateless.versions + ProtocolRevision.handshake.versions
}

/// How long a host may cache a result, and for which users (2026-07-28).
enum Caching {
    /// The result is the same for all users, and changes only with the version of the bridge.
    case fixed
    /// The result is valid only now, and only for this account.
    case never

    fileprivate func encode(to object: inout JSONWriter) {
        object.member("ttlMs", self == .fixed ? 3_600_000 : 0)
        object.member("cacheScope", self == .fixed ? "public" : "private")
    }
}

extension ProtocolRevision {
    /// A result in the form of this revision.
    ///
    /// - Parameters:
    ///   - caching: how long the result is valid; nil for a method whose results do not say that.
    ///   - subscription: the id of the request that began a subscription.
    ///   - members: writes the method's own members.
    func reply(
        caching: Caching? = nil,
        subscription: [UInt8]? = nil,
        meta: (inout JSONWriter) -> Void = { _ in },
        onDelivery: Reply.OnDelivery? = nil,
        _ members: (inout JSONWriter) -> Void
    ) -> Reply {
        var writer = JSONWriter()
        writer.object {
            members(&$0)
            var own = JSONWriter()
            own.object(meta)
            if self == .stateless {
                $0.member("resultType", "complete")
                caching?.encode(to: &$0)
                $0.member("_meta") {
                    $0.object {
                        meta(&$0)
                        if let subscription { $0.member(MetaKey.subscriptionID, EncodedJSON(subscription)) }
                        $0.member(MetaKey.serverInfo, ServerInfo())
                    }
                }
            } else if own.bytes.count > 2 {
                $0.member("_meta", EncodedJSON(own.bytes))
            }
        }
        return Reply(encoded: writer.bytes, onDelivery: onDelivery)
    }
}

/// The keys of the protocol in `_meta`.
enum MetaKey {
    static let protocolVersion = "io.modelcontextprotocol/protocolVersion"
    static let clientCapabilities = "io.modelcontextprotocol/clientCapabilities"
    static let clientInfo = "io.modelcontextprotocol/clientInfo"
    static let logLevel = "io.modelcontextprotocol/logLevel"
    static let serverInfo = "io.modelcontextprotocol/serverInfo"
    static let subscriptionID = "io.modelcontextprotocol/subscriptionId"
    /// A key that cover-bridge defines. Its value is the error of a tool, in a form for programs.
    static let error = "cover-bridge/error"
}

/// The name and version of this server.
struct ServerInfo: JSONEncodable {
    func encode(to writer: inout JSONWriter) {
        writer.object {
            $0.member("name", "cover-bridge")
            $0.member("title", "Cover Bridge")
            $0.member("version", coverBridgeVersion)
        }
    }
}
