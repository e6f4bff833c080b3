/// Where a response goes.
enum Destination: Sendable {
    case peer
    case batch(BatchLedger, index: Int)
}

/// The requests in flight. This is a value, which its owner protects with a lock.
struct InFlightTable {
    /// The work that produces the answer to a request.
    typealias Work = @Sendable () async throws -> Reply

    struct Entry {
        /// Distinguishes this request from a later request with the same id.
        let requestNumber: UInt64
        let destination: Destination
        /// The function to run before a cancelled request is answered; nil if there is none.
        let onCancel: Outcome.OnCancel?
        /// What the work may have done before it ended without a result; nil for nothing.
        fileprivate let effect: String?
        fileprivate var stage: Stage
        var task: Task<Void, Never>?

        /// The error to answer if the work of the request produced no result; nil if the request gets no answer.
        ///
        /// - Parameter error: makes the error for a request that was not cancelled from what its work may have done.
        func refusal(or error: (_ effect: String?) -> RPCError?) -> RPCError? {
            switch stage {
            case .waiting: error(nil)
            case .working: error(effect)
            case .cancelled(let refusal): refusal
            }
        }
    }

    fileprivate enum Stage {
        /// The work has not begun. The work is stored here, so that it cannot begin after the entry was removed.
        case waiting(Work)
        case working
        /// The request was cancelled, and the result of its work is ignored. After `onCancel` has run, the request is
        /// answered with this error. If the error is nil, the request gets no answer.
        case cancelled(RPCError?)

        var isCancelled: Bool { if case .cancelled = self { true } else { false } }
    }

    private var entries: [RequestID: Entry] = [:]
    private var lastRequestNumber: UInt64 = 0

    var count: Int { entries.count }

    func contains(_ id: UnsafeRawBufferPointer) -> Bool {
        unsafe !entries.isEmpty && entries[RequestID(id)] != nil
    }

    mutating func insert(
        _ id: RequestID,
        _ destination: Destination,
        onCancel: Outcome.OnCancel?,
        effect: String?,
        _ work: @escaping Work
    ) -> UInt64 {
        lastRequestNumber += 1
        entries[id] = Entry(
            requestNumber: lastRequestNumber,
            destination: destination,
            onCancel: onCancel,
            effect: effect,
            stage: .waiting(work)
        )
        return lastRequestNumber
    }

    /// Stores the task that answers a request. Returns false if the request has been removed.
    mutating func attach(_ task: Task<Void, Never>, to id: RequestID, _ requestNumber: UInt64) -> Bool {
        guard entries[id]?.requestNumber == requestNumber else { return false }
        entries[id]?.task = task
        return true
    }

    /// Records that the work of a request begins, and returns the work. Returns nil if the request was removed or
    /// cancelled.
    mutating func begin(_ id: RequestID, _ requestNumber: UInt64) -> Work? {
        guard let entry = entries[id], entry.requestNumber == requestNumber, case .waiting(let work) = entry.stage
        else { return nil }
        entries[id]?.stage = .working
        return work
    }

    /// Removes a request whose work is done. After that, only the caller can answer the request. The returned id has
    /// the bytes of the request. Returns nil if the request was removed or cancelled.
    mutating func finish(_ id: RequestID, _ requestNumber: UInt64) -> (id: RequestID, entry: Entry)? {
        remove(id) { $0.requestNumber == requestNumber && !$0.stage.isCancelled }
    }

    /// Cancels a request. Returns nil if the request was removed or cancelled before. If `onCancel` must run first, the
    /// request stays in the table and its id stays in use.
    ///
    /// - Parameter refusal: makes the answer to the request from what its work may have done; nil for no answer.
    mutating func cancel(_ id: RequestID, with refusal: (_ effect: String?) -> RPCError?) -> (
        id: RequestID, entry: Entry
    )? {
        guard let index = entries.index(forKey: id), !entries.values[index].stage.isCancelled else { return nil }
        entries.values[index].stage = .cancelled(entries.values[index].refusal(or: refusal))
        let (id, entry) = entries[index]
        if entry.onCancel == nil { entries.remove(at: index) }
        return (id, entry)
    }

    /// Cancels all requests that are not cancelled yet.
    mutating func cancelAll(with refusal: (_ effect: String?) -> RPCError?) -> [(id: RequestID, entry: Entry)] {
        inOrder.compactMap { cancel($0.id, with: refusal) }
    }

    /// Removes a cancelled request after its `onCancel` has run.
    mutating func settle(_ id: RequestID, _ requestNumber: UInt64) -> (id: RequestID, entry: Entry)? {
        remove(id) { $0.requestNumber == requestNumber }
    }

    mutating func removeAll() -> [(id: RequestID, entry: Entry)] {
        defer { entries = [:] }
        return inOrder
    }

    private mutating func remove(_ id: RequestID, where isMeant: (Entry) -> Bool) -> (id: RequestID, entry: Entry)? {
        guard let index = entries.index(forKey: id), isMeant(entries.values[index]) else { return nil }
        let (id, entry) = entries.remove(at: index)
        return (id, entry)
    }

    private var inOrder: [(id: RequestID, entry: Entry)] {
        entries.sorted { $0.value.requestNumber < $1.value.requestNumber }.map { ($0.key, $0.value) }
    }
}
