public import Jansson

/// A request or a notification of the peer.
public struct Call: Sendable {
    public let method: String
    public let parameters: Parameters

    package init(method: String, parameters: Parameters) {
        self.method = method
        self.parameters = parameters
    }
}

/// What answers a session's calls.
///
/// Its methods are called on the reader's thread, one message at a time and in order. They must not block: what has to wait goes
/// into ``Outcome/later(_:)``.
public protocol SessionHandler: Sendable {
    func answer(_ request: Call, in session: Session) -> Outcome
    func receive(_ notification: Call, in session: Session)

    /// The input is over. The session ends when all that is in flight is answered: what would go on for ever is to end now.
    func inputEnded(in session: Session)
}

extension SessionHandler {
    public func inputEnded(in session: Session) {}
}

/// What becomes of a request.
public enum Outcome: Sendable {
    /// It is answered at once.
    case result(Reply)
    case failure(RPCError)
    /// It is answered when this returns, and `RPCError` is thrown to answer with an error. The task is cancelled when the peer takes
    /// the request back or the session ends; its result is then dropped. Any other error becomes `internalError`.
    ///
    /// A request that is cancelled, or that the end of the session overtakes, is answered at once; where there is an `onCancel`, when that
    /// returns, and with the error that it throws. It runs whether the work has begun or not, and beside it.
    case later(@Sendable () async throws -> Reply, onCancel: OnCancel? = nil)
    /// As ``later(_:)``, for work that has to name its request: it is given the id as the JSON text that was sent.
    case laterByID(@Sendable (_ id: [UInt8]) async throws -> Reply)

    /// Takes back what a request has done, or makes sure that what stays is kept.
    public typealias OnCancel = @Sendable () async throws -> Void
}

/// The result of a request.
public struct Reply: Sendable {
    /// The result as a JSON text.
    package let result: [UInt8]
    /// Called once: with true when the response is queued, so that what it causes comes after it; with false when the response was
    /// dropped because the request had been answered before (it was cancelled).
    package let settled: (@Sendable (_ isSent: Bool) -> Void)?

    public init(_ result: some JSONEncodable, settled: (@Sendable (_ isSent: Bool) -> Void)? = nil) {
        self.init(encoded: result.jsonBytes, settled: settled)
    }

    /// A reply whose result was encoded before.
    package init(encoded result: [UInt8], settled: (@Sendable (_ isSent: Bool) -> Void)? = nil) {
        self.result = result
        self.settled = settled
    }

    /// `{}`
    public static let empty = Reply(encoded: Array("{}".utf8))
    /// `null`
    public static let null = Reply(encoded: Array("null".utf8))
}
