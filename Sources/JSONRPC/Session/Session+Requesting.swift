public import Jansson
import Synchronization

/// Requests of this side. The peer answers them.
extension Session {
    /// Sends a request to the peer, and waits for the answer.
    ///
    /// ```swift
    /// let answer = try await session.request("window/showDocument", document, within: .seconds(10))
    /// ```
    ///
    /// Many requests can wait at once. The session ignores an answer that is late, repeated or unexpected. It skips an answer that is
    /// larger than ``Configuration/maximumMessageBytes``; the request then ends with its time limit. When the task is cancelled or the
    /// time is over, the session sends the peer the cancellation of the protocol (``Configuration/cancellation``).
    ///
    /// The caller resumes on the cooperative pool. So the handler may receive later messages of the peer before the
    /// caller resumes. The methods of ``SessionHandler`` run on the thread that reads the answers, so they must not
    /// wait for an answer. Send requests from ``Outcome/later(_:onCancel:)`` or from a task.
    ///
    /// - Parameters:
    ///   - method: the name of the method.
    ///   - params: an object or an array. Nil leaves the member out.
    ///   - limit: how long to wait, on the clock of the session. Nil means until the session ends.
    /// - Returns: the member `result` of the answer.
    /// - Throws: ``RequestFailure``, of any kind.
    public func request(
        _ method: String,
        _ params: (any JSONEncodable)? = nil,
        within limit: Duration? = nil
    ) async throws(RequestFailure) -> JSONValue {
        do throws(RequestFailure.Reason) {
            let id = try state.withLock { $0.outgoing.reserve(limit: configuration.maximumOutgoing) }.get()
            let message = MessageWriter.request(id: id, method, params)
            let timer = limit.map { limit in
                Task {
                    try await clock.sleep(for: limit)
                    withdraw(id, .timedOut(limit))
                }
            }
            defer { timer?.cancel() }
            return try await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    send(message, id) { continuation.resume(returning: $0) }
                }
            } onCancel: {
                withdraw(id, .cancelled)
            }.get()
        } catch {
            throw RequestFailure(method: method, reason: error)
        }
    }

    /// Sends a request under this id, unless the request was withdrawn before.
    func send(_ message: [UInt8], _ id: Int64, _ completion: @escaping OutgoingTable.Completion) {
        if let reason = state.withLock({ $0.outgoing.beginSending(id, completion) }) {
            return completion(.failure(reason))
        }
        outbox.send(message)
        if state.withLock({ $0.outgoing.endSending(id) }) { sendCancellation(of: id) }
    }

    /// Passes an answer of the peer to the request that waits for it.
    ///
    /// - Returns: whether a request waits for this answer.
    func accept(_ answer: Answer, to id: Int64) -> Bool {
        guard let completion = state.withLock({ $0.outgoing.answer(id) }) else { return false }
        switch answer {
        case .result(let value): completion(.success(value))
        case .refusal(let error): completion(.failure(.refused(error)))
        case .malformed: completion(.failure(.malformedAnswer))
        }
        return true
    }

    /// Fails all requests of this side, because no more answers can arrive.
    func endRequests() {
        for completion in state.withLock({ $0.outgoing.close() }) { completion(.failure(.sessionEnded)) }
    }

    private func withdraw(_ id: Int64, _ reason: RequestFailure.Reason) {
        let (completion, isSent) = state.withLock { $0.outgoing.withdraw(id, reason) }
        if isSent { sendCancellation(of: id) }
        completion?(.failure(reason))
    }

    private func sendCancellation(of id: Int64) {
        outbox.send(MessageWriter.cancellation(of: id, configuration.cancellation))
    }
}
