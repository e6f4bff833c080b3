package import CoverModel
package import Jansson

/// The health of the API's host: `bridge/healthChanged` of the protocol.
package struct Health: Sendable, Equatable {
    package enum State: String, Sendable {
        case ok, rateLimited, maintenance, unreachable, degraded
    }

    package var state: State
    package var message: String
    /// The end of the pause of all queries; nil if there is no pause.
    package var retryAt: Timestamp?
    /// Whether something other than the API answered, for example a gateway with its own page.
    package var isForeign = false

    package static let ok = Health(state: .ok, message: "The API answers.")
    /// The health after the store of the fleet was away.
    package static let storeIsBack = Health(state: .ok, message: "The store of the fleet answers again.")
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
