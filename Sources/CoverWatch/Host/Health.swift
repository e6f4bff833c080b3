package import CoverModel
package import Jansson

/// How the API's host does: `bridge/healthChanged` of the protocol.
package struct Health: Sendable, Equatable {
    package enum State: String, Sendable {
        case ok, rateLimited, maintenance, unreachable, degraded
    }

    package var state: State
    package var message: String
    /// Until when all queries pause; nil where they do not.
    package var retryAt: Timestamp?
    /// Whether what answered was not the API, as a gateway's page is not.
    package var isForeign = false

    package static let ok = Health(state: .ok, message: "The API answers.")
}

extension Health: JSONEncodable {
    package func encode(to writer: inout JSONWriter) {
        writer.object {
            $0.member("state", state.rawValue)
            $0.member("message", message)
            $0.member("retryAt", retryAt)
        }
    }
}
