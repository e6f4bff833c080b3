import JSONRPC
import Jansson
import Synchronization

/// The parameters of `client/registerCapability` for the settings of the section `cover-bridge`.
private struct SettingsRegistration: JSONEncodable {
    func encode(to writer: inout JSONWriter) {
        writer.object {
            $0.member("registrations") {
                $0.array { $0.element(Entry()) }
            }
        }
    }

    private struct Entry: JSONEncodable {
        func encode(to writer: inout JSONWriter) {
            writer.object {
                $0.member("id", "cover-bridge/settings")
                $0.member("method", Incoming.didChangeConfiguration.rawValue)
                $0.member("registerOptions") { $0.object { $0.member("section", "cover-bridge") } }
            }
        }
    }
}

/// The parameters of `workspace/configuration`.
private struct SettingsQuery: JSONEncodable {
    func encode(to writer: inout JSONWriter) {
        writer.object {
            $0.member("items") { $0.array { $0.element(Item()) } }
        }
    }

    private struct Item: JSONEncodable {
        func encode(to writer: inout JSONWriter) { writer.object { $0.member("section", "cover-bridge") } }
    }
}

extension LSPServer {
    /// The time limit for answers of the client that need no action of the user.
    static let patience = Duration.seconds(30)

    /// Registers for changes of the client's settings. If the client refuses, the server gets no changes.
    static func registerForSettings(_ session: Session) async {
        _ = try? await session.request("client/registerCapability", SettingsRegistration(), within: patience)
    }

    /// Applies the settings that the client sent. If the client sent none, the server fetches them.
    func changeSettings(_ settings: JSONValue?, _ session: Session) {
        if let settings { use(settings, session) } else { self.settings() }
    }

    /// Fetches the client's settings each time that they changed, with one request at a time. So an older answer cannot
    /// replace a newer one, and a client that does not answer gets no more requests.
    func fetchSettings(_ session: Session) async {
        for await _ in settings.calls {
            let answer = try? await session.request("workspace/configuration", SettingsQuery(), within: Self.patience)
            // The value null means that the client's settings no longer have this section.
            guard let found = answer?.element(0), found.isNull || found.kind == .object else { continue }
            use(found, session)
        }
    }

    private func use(_ settings: JSONValue, _ session: Session) {
        let faults = state.withLock { state in
            state.options.readSettings(settings, intervals)
            return state.options.takeFaults()
        }
        for fault in faults { show(.error, "Cover Bridge: settings: \(fault)", session) }
    }
}
