/// Where a response goes.
enum Destination: Sendable {
    case peer
    case batch(BatchLedger, index: Int)
}

/// The requests that are being answered. A value: who holds it locks it.
struct InFlightTable {
    /// What finds the answer to a request.
    typealias Work = @Sendable () async throws -> Reply

    struct Entry {
        /// Tells this request from a later one with the same id.
        let ticket: UInt64
        let destination: Destination
        /// What is to be done, until it begins. It goes with the entry: work that was taken back never begins.
        fileprivate var work: Work?
        var task: Task<Void, Never>?
    }

    private var entries: [RequestID: Entry] = [:]
    private var lastTicket: UInt64 = 0

    var count: Int { entries.count }

    func contains(_ id: UnsafeRawBufferPointer) -> Bool {
        unsafe !entries.isEmpty && entries[RequestID(id)] != nil
    }

    mutating func insert(_ id: RequestID, _ destination: Destination, _ work: @escaping Work) -> UInt64 {
        lastTicket += 1
        entries[id] = Entry(ticket: lastTicket, destination: destination, work: work)
        return lastTicket
    }

    /// Notes the task that answers a request; false where the request is gone already.
    mutating func attach(_ task: Task<Void, Never>, to id: RequestID, _ ticket: UInt64) -> Bool {
        guard entries[id]?.ticket == ticket else { return false }
        entries[id]?.task = task
        return true
    }

    /// Hands over the work of a request, to be done now; nil where the request is gone.
    mutating func begin(_ id: RequestID, _ ticket: UInt64) -> Work? {
        guard let entry = entries[id], entry.ticket == ticket else { return nil }
        entries[id]?.work = nil
        return entry.work
    }

    /// Takes a request out, so that whoever gets it is the one to answer it, with the id as the request had it.
    mutating func remove(_ id: RequestID, ticket: UInt64? = nil) -> (id: RequestID, entry: Entry)? {
        guard let index = entries.index(forKey: id), ticket == nil || entries.values[index].ticket == ticket else {
            return nil
        }
        let (id, entry) = entries.remove(at: index)
        return (id, entry)
    }

    mutating func removeAll() -> [(id: RequestID, entry: Entry)] {
        defer { entries = [:] }
        return entries.sorted { $0.value.ticket < $1.value.ticket }.map { ($0.key, $0.value) }
    }
}
