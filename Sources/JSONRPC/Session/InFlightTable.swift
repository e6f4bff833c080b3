/// Where a response goes.
enum Destination: Sendable {
    case peer
    case batch(BatchLedger, index: Int)
}

/// The requests that are being answered. A value: its owner locks it.
struct InFlightTable {
    /// What finds the answer to a request.
    typealias Work = @Sendable () async throws -> Reply

    struct Entry {
        /// Tells this request from a later one with the same id.
        let requestNumber: UInt64
        let destination: Destination
        /// What has to be done before the request is answered, where it is cancelled.
        let onCancel: Outcome.OnCancel?
        fileprivate var stage: Stage
        var task: Task<Void, Never>?

        /// What the request is answered with if its work does not answer it; nil: nothing.
        func refusal(or error: RPCError) -> RPCError? {
            if case .cancelled(let refusal) = stage { refusal } else { error }
        }
    }

    fileprivate enum Stage {
        /// The work has not begun. It goes with the entry: work that was taken back never begins.
        case waiting(Work)
        case working
        /// The work does not count any more. The request is answered with this, or not at all, once `onCancel` has returned.
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
        _ work: @escaping Work
    ) -> UInt64 {
        lastRequestNumber += 1
        entries[id] = Entry(
            requestNumber: lastRequestNumber,
            destination: destination,
            onCancel: onCancel,
            stage: .waiting(work)
        )
        return lastRequestNumber
    }

    /// Notes the task that answers a request; false where the request is gone already.
    mutating func attach(_ task: Task<Void, Never>, to id: RequestID, _ requestNumber: UInt64) -> Bool {
        guard entries[id]?.requestNumber == requestNumber else { return false }
        entries[id]?.task = task
        return true
    }

    /// Hands over the work of a request, to be done now; nil where the request is gone or cancelled.
    mutating func begin(_ id: RequestID, _ requestNumber: UInt64) -> Work? {
        guard let entry = entries[id], entry.requestNumber == requestNumber, case .waiting(let work) = entry.stage
        else { return nil }
        entries[id]?.stage = .working
        return work
    }

    /// The work of a request is done: takes the request out, so that the caller is the one to answer it, with the id as the request
    /// had it. nil where the request is gone or cancelled.
    mutating func finish(_ id: RequestID, _ requestNumber: UInt64) -> (id: RequestID, entry: Entry)? {
        remove(id) { $0.requestNumber == requestNumber && !$0.stage.isCancelled }
    }

    /// Cancels a request; nil where it is gone or cancelled already. It stays in the table, and its id in use, where something has to
    /// be done before it is answered.
    ///
    /// - Parameter refusal: what it is answered with; nil: nothing.
    mutating func cancel(_ id: RequestID, with refusal: RPCError?) -> (id: RequestID, entry: Entry)? {
        guard let index = entries.index(forKey: id), !entries.values[index].stage.isCancelled else { return nil }
        entries.values[index].stage = .cancelled(refusal)
        let (id, entry) = entries[index]
        if entry.onCancel == nil { entries.remove(at: index) }
        return (id, entry)
    }

    /// Cancels all requests that are not cancelled yet.
    mutating func cancelAll(with refusal: RPCError?) -> [(id: RequestID, entry: Entry)] {
        inOrder.compactMap { cancel($0.id, with: refusal) }
    }

    /// What had to be done for a cancelled request is done: takes the request out.
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
