import Synchronization

/// Collects the responses of one batch, in the order of its requests (JSON-RPC 2.0 §6).
final class BatchLedger: Sendable {
    private struct State {
        var responses: [[UInt8]?]
        var missing: Int
        var deliveries: [Reply.OnDelivery] = []
    }

    /// The message of a complete batch, and the functions to call when this message is queued.
    struct Completed {
        /// The message of the complete batch; nil if no request of the batch gets a response.
        let message: [UInt8]?
        let deliveries: [Reply.OnDelivery]
    }

    private let state: Mutex<State>

    /// - Parameter count: how many members get a response.
    init(count: Int) {
        state = Mutex(State(responses: Array(repeating: nil, count: count), missing: count))
    }

    /// Records the response of one member. After the last member, this function returns the complete batch.
    ///
    /// - Parameter response: nil for a request without a response, because the peer cancelled it.
    func enter(_ response: [UInt8]?, at index: Int, _ onDelivery: Reply.OnDelivery?) -> Completed? {
        state.withLock { state in
            state.responses[index] = response
            state.missing -= 1
            if let onDelivery { state.deliveries.append(onDelivery) }
            guard state.missing == 0 else { return nil }
            let responses = state.responses.compactMap(\.self)
            let body = responses.joined(separator: [UInt8(ascii: ",")])
            state.responses = []
            return Completed(
                message: responses.isEmpty ? nil : [UInt8(ascii: "[")] + body + [UInt8(ascii: "]")],
                deliveries: state.deliveries
            )
        }
    }
}
