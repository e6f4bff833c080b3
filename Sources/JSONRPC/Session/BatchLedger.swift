import Synchronization

/// Gathers the responses of one batch, in the order of its requests (section 6 of the specification).
final class BatchLedger: Sendable {
    private struct State {
        var responses: [[UInt8]?]
        var missing: Int
        var settlements: [@Sendable (Bool) -> Void] = []
    }

    /// A batch that is complete: its message, and what to call when it is queued.
    struct Completed {
        /// nil where none of its requests is answered.
        let message: [UInt8]?
        let settlements: [@Sendable (Bool) -> Void]
    }

    private let state: Mutex<State>

    /// - Parameter count: how many members are to be answered.
    init(count: Int) {
        state = Mutex(State(responses: Array(repeating: nil, count: count), missing: count))
    }

    /// Enters the response of one member, and gives back the whole when it was the last.
    ///
    /// - Parameter response: nil for a request that is not answered, because it was taken back.
    func enter(_ response: [UInt8]?, at index: Int, _ settled: (@Sendable (Bool) -> Void)?) -> Completed? {
        state.withLock { state in
            state.responses[index] = response
            state.missing -= 1
            if let settled { state.settlements.append(settled) }
            guard state.missing == 0 else { return nil }
            let responses = state.responses.compactMap(\.self)
            let body = responses.joined(separator: [UInt8(ascii: ",")])
            state.responses = []
            return Completed(
                message: responses.isEmpty ? nil : [UInt8(ascii: "[")] + body + [UInt8(ascii: "]")],
                settlements: state.settlements
            )
        }
    }
}
