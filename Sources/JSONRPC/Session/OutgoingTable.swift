internal import Jansson

/// The requests of this side that the peer has not answered yet. This is a value without I/O. The session protects it
/// with a lock, and calls the completions outside of the lock.
///
/// A request is entered into the table before it is sent, and can be withdrawn at any moment. The table decides which
/// messages are sent. So a cancellation is never sent before its request, or for a request that was not sent.
struct OutgoingTable {
    typealias Outcome = Result<JSONValue, RequestFailure.Reason>
    /// Called once for each request.
    typealias Completion = @Sendable (Outcome) -> Void

    private enum Stage {
        /// The request has an id. No completion waits yet.
        case reserved
        case sending(Completion)
        case sent(Completion)
        /// The request was withdrawn before or while it was sent.
        case withdrawn(RequestFailure.Reason)
    }

    private var stages: [Int64: Stage] = [:]
    private var lastID: Int64 = 0
    /// Whether the session can receive no more answers.
    private var isClosed = false

    /// The number of requests that wait for their answers.
    var count: Int { stages.count }

    /// Enters a request under a new id.
    mutating func reserve(limit: Int) -> Result<Int64, RequestFailure.Reason> {
        if isClosed { return .failure(.sessionEnded) }
        if stages.count >= limit { return .failure(.tooMany(limit: limit)) }
        lastID += 1
        stages[lastID] = .reserved
        return .success(lastID)
    }

    /// Records that the request will now be sent, and that `completion` waits for its outcome.
    ///
    /// - Returns: nil if the request may be sent. If the request was withdrawn before, this is the reason. In that
    ///   case, the caller does not send the request, and calls `completion`.
    mutating func beginSending(_ id: Int64, _ completion: @escaping Completion) -> RequestFailure.Reason? {
        if case .withdrawn(let reason)? = stages[id] {
            stages[id] = nil
            return reason
        }
        stages[id] = .sending(completion)
        return nil
    }

    /// Records that the request was sent.
    ///
    /// - Returns: whether the request was withdrawn while it was sent. If so, the caller must send its cancellation
    ///   now.
    mutating func endSending(_ id: Int64) -> Bool {
        switch stages[id] {
        case .sending(let completion):
            stages[id] = .sent(completion)
            return false
        case .withdrawn:
            stages[id] = nil
            return true
        case .reserved, .sent, nil:
            // The answer arrived before this call, so nothing is left to cancel.
            return false
        }
    }

    /// Removes the request that an answer belongs to.
    ///
    /// - Returns: the completion of the request; nil if no request with this id waits. In that case, the answer is
    ///   late, repeated or unexpected.
    mutating func answer(_ id: Int64) -> Completion? {
        switch stages[id] {
        case .sending(let completion), .sent(let completion):
            stages[id] = nil
            return completion
        case .reserved, .withdrawn, nil:
            return nil
        }
    }

    /// Withdraws a request.
    ///
    /// - Returns: the completion if it still waits, and whether the cancellation must be sent now.
    mutating func withdraw(_ id: Int64, _ reason: RequestFailure.Reason) -> (completion: Completion?, isSent: Bool) {
        switch stages[id] {
        case .reserved:
            stages[id] = .withdrawn(reason)
            return (nil, false)
        case .sending(let completion):
            stages[id] = .withdrawn(reason)
            return (completion, false)
        case .sent(let completion):
            stages[id] = nil
            return (completion, true)
        case .withdrawn, nil:
            return (nil, false)
        }
    }

    /// Withdraws all requests and refuses further requests, because no more answers can arrive.
    ///
    /// - Returns: the completions that wait, in the order of their requests.
    mutating func close() -> [Completion] {
        isClosed = true
        var waiting: [Completion] = []
        for (id, stage) in stages.sorted(by: { $0.key < $1.key }) {
            switch stage {
            case .reserved: stages[id] = .withdrawn(.sessionEnded)
            case .sending(let completion), .sent(let completion):
                stages[id] = nil
                waiting.append(completion)
            case .withdrawn: break
            }
        }
        return waiting
    }
}
