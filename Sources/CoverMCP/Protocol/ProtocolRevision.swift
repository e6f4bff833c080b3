import CoverAPI
import JSONRPC
import Jansson

/// The two ages of the Model Context Protocol. Both are in the field, and one session serves both: each request says which it is of.
enum ProtocolRevision: Sendable {
    /// Up to 2025-11-25: `initialize` comes first, and the connection remembers what it said.
    case handshake
    /// From 2026-07-28 on: nothing is remembered, each request says in `_meta` who asks, and in which version.
    case stateless

    /// The versions of either age, the newest first.
    var versions: [String] {
        switch self {
        case .handshake: ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"]
        case .stateless: ["2026-07-28"]
        }
    }

    static let allVersions = ProtocolRevision.stateless.versions + ProtocolRevision.handshake.versions
}

/// For how long and for whom a host may keep a result (2026-07-28).
enum Caching {
    /// The same for everybody, until the next version of the bridge.
    case fixed
    /// A moment's truth about this account.
    case never

    fileprivate func encode(to object: inout JSONWriter) {
        object.member("ttlMs", self == .fixed ? 3_600_000 : 0)
        object.member("cacheScope", self == .fixed ? "public" : "private")
    }
}

extension ProtocolRevision {
    /// A result as this age has it.
    ///
    /// - Parameters:
    ///   - caching: for the methods whose results say so.
    ///   - subscription: the id of the request that a subscription began with.
    ///   - members: writes what is the method's own.
    func reply(
        caching: Caching? = nil,
        subscription: [UInt8]? = nil,
        meta: (inout JSONWriter) -> Void = { _ in },
        settled: (@Sendable (Bool) -> Void)? = nil,
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
        return Reply(encoded: writer.bytes, settled: settled)
    }
}

/// The protocol's own keys in `_meta`.
enum MetaKey {
    static let protocolVersion = "io.modelcontextprotocol/protocolVersion"
    static let clientCapabilities = "io.modelcontextprotocol/clientCapabilities"
    static let clientInfo = "io.modelcontextprotocol/clientInfo"
    static let logLevel = "io.modelcontextprotocol/logLevel"
    static let serverInfo = "io.modelcontextprotocol/serverInfo"
    static let subscriptionID = "io.modelcontextprotocol/subscriptionId"
    /// Ours: a tool's error for programs.
    static let error = "cover-bridge/error"
}

/// Who answers.
struct ServerInfo: JSONEncodable {
    func encode(to writer: inout JSONWriter) {
        writer.object {
            $0.member("name", "cover-bridge")
            $0.member("title", "Cover Bridge")
            $0.member("version", coverBridgeVersion)
        }
    }
}
