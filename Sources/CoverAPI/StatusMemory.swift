import Synchronization

/// The latest answers, for callers that content themselves with one of a certain age. Bounded: the oldest answers go first.
final class StatusMemory: Sendable {
    private struct Entry {
        var status: CoverStatus
        var storedAt: Duration
    }

    private struct State {
        var entries: [String: Entry] = [:]
        /// Ids in the order of storing; one that was stored again later stands there twice and counts at its last place.
        var order: [(taskId: String, storedAt: Duration)] = []
    }

    /// How many answers are kept, and the largest body in bytes that is: 16 MiB of texts at the most.
    static let capacity = 512
    static let largestBody = 32 * 1024

    private let state = Mutex(State())

    func store(_ status: CoverStatus, bodyLength: Int, now: Duration) {
        guard bodyLength <= Self.largestBody else { return forget(status.taskId) }
        state.withLock { state in
            state.entries[status.taskId] = Entry(status: status, storedAt: now)
            state.order.append((status.taskId, now))
            guard state.entries.count > Self.capacity || state.order.count > 4 * Self.capacity else { return }
            state.order.removeAll { state.entries[$0.taskId]?.storedAt != $0.storedAt }
            for (taskId, _) in state.order.prefix(max(0, state.entries.count - Self.capacity)) {
                state.entries[taskId] = nil
            }
        }
    }

    /// The answer for a task, if there is one that is no older than this.
    func status(of taskId: String, maxAge: Duration, now: Duration) -> CoverStatus? {
        state.withLock { state in
            guard let entry = state.entries[taskId], now - entry.storedAt <= maxAge else { return nil }
            return entry.status
        }
    }

    private func forget(_ taskId: String) { state.withLock { $0.entries[taskId] = nil } }
}
