package import JSONRPC
package import Jansson

/// A method of the bridge: everything that dispatch and the OpenRPC document need, in one place.
package protocol BridgeMethod: SendableMetatype {
    associatedtype Value: JSONEncodable & Sendable

    static var name: String { get }
    static var summary: String { get }
    /// The parameters, in the order in which they can be given by position.
    static var parameters: [Parameter] { get }
    /// The parameters with the ranges that the API in use allows.
    static func parameters(inSandbox: Bool) -> [Parameter]
    /// The name and the schema of the result.
    static var result: (name: String, schema: Schema) { get }

    /// Answers a request. It is called on the reader's thread.
    ///
    /// - Throws: the error with which the request is refused.
    static func answer(
        _ arguments: Arguments,
        _ service: CoverService,
        _ session: Session
    ) throws(RPCError) -> Answer<Value>

    /// The answer of the method as a JSON-RPC outcome.
    static func outcome(_ arguments: Arguments, _ service: CoverService, _ session: Session) -> Outcome
}

extension BridgeMethod {
    // This code is here and not in the dispatch, because only here is the type of the value known.
    package static func outcome(_ arguments: Arguments, _ service: CoverService, _ session: Session) -> Outcome {
        do throws(RPCError) { return try answer(arguments, service, session).outcome } catch { return .failure(error) }
    }

    package static var parameters: [Parameter] { [] }

    package static func parameters(inSandbox: Bool) -> [Parameter] { parameters }
}

/// A notification to the bridge or from the bridge. The summary of a notification to the bridge says what the
/// notification does.
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
