import JSONRPC
import Jansson
import Synchronization

extension MCPServer {
    /// Answers `initialize`, the handshake of the versions up to 2025-11-25. If the host names an unknown version, the
    /// answer names the newest of these versions.
    func initialize(_ request: Request) throws(RPCError) -> Outcome {
        let wanted = try request.string("protocolVersion")
        for name in ["capabilities", "clientInfo"] {
            if let value = request[name], value.kind != .object {
                throw .invalidParams("the parameter \"\(name)\" must be an object", parameter: name)
            }
        }
        let versions = ProtocolRevision.handshake.versions
        let version = versions.contains(wanted) ? wanted : versions[0]
        state.withLock { $0.hasShakenHands = true }
        return .result(
            ProtocolRevision.handshake.reply {
                $0.member("protocolVersion", version)
                $0.member("capabilities", Capabilities())
                $0.member("serverInfo", ServerInfo())
                $0.member("instructions", Self.instructions)
            }
        )
    }

    /// The result of `server/discover`.
    var discovery: Reply {
        ProtocolRevision.stateless.reply(caching: .fixed) {
            $0.member("supportedVersions", ProtocolRevision.stateless.versions)
            $0.member("capabilities", Capabilities())
            $0.member("instructions", Self.instructions)
        }
    }

    private static let instructions = """
        Follows Suno cover image tasks on Kie.ai. Usual way: generate (spends credits, only at the user's wish) → wait with \
        the cover task's id until it is final → download, or read cover://tasks/{taskId}/images/{n}. A wait that times out \
        says nothing about the task: it is still running and already paid for, so wait again and do not order again. For \
        several tasks use watch and changes. Task ids are strings; pass them as they are.
        """
}

private struct Capabilities: JSONEncodable {
    func encode(to writer: inout JSONWriter) {
        writer.object {
            $0.member("tools") { $0.object { _ in } }
            $0.member("resources") {
                $0.object {
                    $0.member("subscribe", true)
                    $0.member("listChanged", true)
                }
            }
            $0.member("completions") { $0.object { _ in } }
            $0.member("logging") { $0.object { _ in } }
        }
    }
}
