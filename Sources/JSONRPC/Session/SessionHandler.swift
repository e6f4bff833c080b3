public import Jansson

/// A request or a notification of the peer.
public struct Call: Sendable {
    /// The name of the method.
    public let method: String
    /// The parameters.
    public let parameters: Parameters

    package init(method: String, parameters: Parameters) {
        self.method = method
        self.parameters = parameters
    }
}

/// The methods behind a session.
///
/// The session calls its handler on the reader's thread, one message at a time and in order. The handler must not
/// block. Work that waits must be returned as ``Outcome/later(_:)``.
public protocol SessionHandler: Sendable {
    func answer(_ request: Call, in session: Session) -> Outcome
    func receive(_ notification: Call, in session: Session)

    /// Called when the input has ended. The session ends when everything in flight is answered, so the handler must now
    /// end requests that would never end by themselves.
    func inputEnded(in session: Session)
}

extension SessionHandler {
    /// Does nothing.
    public func inputEnded(in session: Session) {}
}

/// How a request is answered.
public enum Outcome: Sendable {
    /// The result is known at once.
    case result(Reply)
    case failure(RPCError)
    /// The result is known when this function returns. The function throws `RPCError` to answer with an error. Any
    /// other error becomes `internalError`. If the peer cancels the request or the session ends, the task is cancelled
    /// and its result is dropped.
    ///
    /// A cancelled request without an `onCancel` is answered at once. A cancelled request with an `onCancel` is
    /// answered after `onCancel` has ended. If `onCancel` throws an error, that error is the answer. `onCancel` runs
    /// even if the work has not begun, and runs in parallel with work that has begun.
    ///
    /// `effect` is a sentence that says what the work may have done already. If the request ends while its work runs,
    /// the error that answers the request contains this sentence.
    case later(@Sendable () async throws -> Reply, onCancel: OnCancel? = nil, effect: String? = nil)
    /// Like ``later(_:)``, for work that needs the id of its request. The function gets the id as the JSON text that
    /// the peer sent.
    case laterByID(@Sendable (_ id: [UInt8]) async throws -> Reply)

    /// A function that undoes the effects of a request, or makes sure that the remaining effects are saved.
    public typealias OnCancel = @Sendable () async throws -> Void
}

/// The result of a request.
public struct Reply: Sendable {
    /// The result as a JSON text.
    package let result: [UInt8]
    /// Called when the delivery of the response advances.
    package let onDelivery: OnDelivery?

    /// What happens to the response of a reply.
    public enum Delivery: Sendable {
        /// The response belongs to a batch. The session queues it when all members of the batch are answered, so a
        /// member must not wait for the ``queued`` of another one. `queued` follows.
        case held
        /// The response is queued. Messages that are sent from now on come after it.
        case queued
        /// The response is dropped, because the request was cancelled and answered before.
        case dropped
    }

    /// A function that is called with `held` if the response belongs to a batch, and then once with `queued` or
    /// `dropped`.
    public typealias OnDelivery = @Sendable (Delivery) -> Void

    /// - Parameters:
    ///   - result: the result.
    ///   - onDelivery: called when the delivery of the response advances.
    public init(_ result: some JSONEncodable, onDelivery: OnDelivery? = nil) {
        self.init(encoded: result.jsonBytes, onDelivery: onDelivery)
    }

    /// A reply with an already encoded result.
    package init(encoded result: [UInt8], onDelivery: OnDelivery? = nil) {
        self.result = result
        self.onDelivery = onDelivery
    }

    /// `{}`
    public static let empty = Reply(encoded: Array("{}".utf8))
    /// `null`
    public static let null = Reply(encoded: Array("null".utf8))
}
