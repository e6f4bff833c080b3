package import JSONRPC
package import Jansson

/// A method of the bridge: all that dispatch and the OpenRPC document need to know of it, in one place.
package protocol BridgeMethod: SendableMetatype {
    associatedtype Value: JSONEncodable & Sendable

    static var name: String { get }
    static var summary: String { get }
    /// In the order in which they can be given by position.
    static var parameters: [Parameter] { get }
    /// What the result is called and what it looks like.
    static var result: (name: String, schema: Schema) { get }

    /// Answers a request; called on the reader's thread.
    ///
    /// - Throws: what the request is refused with.
    static func answer(
        _ arguments: Arguments,
        _ service: CoverService,
        _ session: Session
    ) throws(RPCError) -> Answer<Value>

    /// The same as JSON-RPC has it.
    static func outcome(_ arguments: Arguments, _ service: CoverService, _ session: Session) -> Outcome
}

extension BridgeMethod {
    // Here, where the type of the value is known, and not with the dispatch, where it is not.
    package static func outcome(_ arguments: Arguments, _ service: CoverService, _ session: Session) -> Outcome {
        do throws(RPCError) { return try answer(arguments, service, session).outcome } catch { return .failure(error) }
    }

    package static var parameters: [Parameter] { [] }
}

/// A notification, in either direction. Those to the bridge that have an effect besides the session's own say which.
package protocol BridgeNotification: SendableMetatype {
    static var name: String { get }
    static var summary: String { get }
    static var parameters: [Parameter] { get }
    static var direction: Direction { get }
}

package enum Direction: String, Sendable {
    case toBridge, fromBridge
}

extension BridgeNotification {
    package static var parameters: [Parameter] { [] }
}
