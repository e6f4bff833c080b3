/// The reason why a request of this side has no result.
public struct RequestFailure: Error, Sendable {
    /// The kinds of failure.
    public enum Reason: Error {
        /// The peer answered with an error.
        case refused(PeerError)
        /// The answer contains neither a result nor an error, or has a duplicate name, or is nested too deeply.
        case malformedAnswer
        /// No answer arrived within this time. The session has cancelled the request.
        case timedOut(Duration)
        /// The task of the caller was cancelled. The session has cancelled the request if it was sent.
        case cancelled
        /// Too many requests wait for answers (``Session/Configuration/maximumOutgoing``). Nothing was sent.
        case tooMany(limit: Int)
        /// The session or its input ended, so no answer can arrive.
        case sessionEnded
    }

    /// The method of the request.
    public let method: String
    /// What happened instead of a result.
    public let reason: Reason

    /// A stable word for programs: `refused`, `malformedAnswer`, `timedOut`, `cancelled`, `overloaded` or `sessionEnded`.
    public var kind: String {
        switch reason {
        case .refused: "refused"
        case .malformedAnswer: "malformedAnswer"
        case .timedOut: "timedOut"
        case .cancelled: "cancelled"
        case .tooMany: "overloaded"
        case .sessionEnded: "sessionEnded"
        }
    }
}

extension RequestFailure: CustomStringConvertible {
    private static let shownCharacters = 200

    /// The fault, the method of the request, and what to do next. The text of the peer is shortened.
    public var description: String {
        switch reason {
        case .refused(let error):
            "the peer answered \(method) with error \(error.code): \(error.message.prefix(Self.shownCharacters))"
        case .malformedAnswer:
            "the peer's answer to \(method) is neither a result nor an error; the fault is the peer's"
        case .timedOut(let limit):
            "the peer did not answer \(method) within \(limit); ask again when it is less busy"
        case .cancelled:
            "the request \(method) was cancelled before the peer answered it"
        case .tooMany(let limit):
            "\(limit) requests wait for the peer's answers, which is the limit, so \(method) was not sent; wait for some of them"
        case .sessionEnded:
            "the session ended before the peer answered \(method); ask again in a new one"
        }
    }
}

extension RPCError {
    /// The error for a request of the peer whose work failed because a request to the peer failed.
    init(_ failure: RequestFailure) {
        switch failure.reason {
        case .cancelled: self = .cancelled
        case .timedOut, .tooMany:
            self.init(code: -32603, message: failure.description, kind: failure.kind, retryable: true)
        case .refused, .malformedAnswer, .sessionEnded:
            self.init(code: -32603, message: failure.description, kind: failure.kind)
        }
    }
}
