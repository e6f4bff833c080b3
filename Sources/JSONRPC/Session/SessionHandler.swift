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
/// block: work that waits belongs into ``Outcome/later(_:)``.
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
    /// The result is known when this function returns. It throws `RPCError` to answer with an error; any other error
    /// becomes `internalError`. The task is cancelled when the peer cancels the request or the session ends, and its
    /// result is dropped.
    ///
    /// A cancelled request is answered at once. If there is an `onCancel`, the request is answered when that returns,
    /// with the error that it throws. `onCancel` runs whether or not the work has begun, and in parallel with it.
    case later(@Sendable () async throws -> Reply, onCancel: OnCancel? = nil)
    /// Like ``later(_:)``, for work that needs the id of its request. It gets the id as the JSON text that was sent.
    case laterByID(@Sendable (_ id: [UInt8]) async throws -> Reply)

    /// Undoes what a request has done, or makes sure that what remains is saved.
    public typealias OnCancel = @Sendable () async throws -> Void
}

/// The result of a request.
public struct Reply: Sendable {
    /// The result as a JSON text.
    package let result: [UInt8]
    /// Called once. With true when the response is queued, so that its consequences come after it. With false when the
    /// response was dropped, because the request had been answered before (it was cancelled).
    package let settled: (@Sendable (_ isSent: Bool) -> Void)?

    /// - Parameters:
    ///   - result: the result.
    ///   - settled: called once: with true when the response is queued, with false when it is dropped.
    public init(_ result: some JSONEncodable, settled: (@Sendable (_ isSent: Bool) -> Void)? = nil) {
        self.init(encoded: result.jsonBytes, settled: settled)
    }

    /// A reply with an already encoded result.
    package init(encoded result: [UInt8], settled: (@Sendable (_ isSent: Bool) -> Void)? = nil) {
        self.result = result
        self.settled = settled
    }

    /// `{}`
    public static let empty = Reply(encoded: Array("{}".utf8))
    /// `null`
    public static let null = Reply(encoded: Array("null".utf8))
}
