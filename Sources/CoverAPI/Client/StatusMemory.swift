import CoverModel
import Synchronization

/// The latest answers, for callers that content themselves with one of a certain age. Bounded: the oldest answers go first.
final class StatusMemory: Sendable {
    private struct Entry {
        var status: CoverStatus
        var storedAt: Duration
    }

    private struct State {
        var entries: [TaskID: Entry] = [:]
        /// Ids in the order of storing; one that was stored again later stands there twice and counts at its last place.
        var order: [(taskId: TaskID, storedAt: Duration)] = []
    }

    /// How many answers are kept, and the largest body in bytes that is: 16 MiB of texts at the most.
    static let capacity = 512
    /// How many stay when there are more: to clear away one for each that comes would cost as much as many.
    private static let remainder = 256
    static let largestBody = 32 * 1024

    private let state = Mutex(State())

    func store(_ status: CoverStatus, bodyLength: Int, now: Duration) {
        guard bodyLength <= Self.largestBody else { return forget(status.taskId) }
        state.withLock { state in
            state.entries[status.taskId] = Entry(status: status, storedAt: now)
            state.order.append((status.taskId, now))
            guard state.order.count > Self.capacity else { return }
            state.order.removeAll { state.entries[$0.taskId]?.storedAt != $0.storedAt }
            let excess = max(0, state.order.count - Self.remainder)
            for (taskId, _) in state.order.prefix(excess) { state.entries[taskId] = nil }
            state.order.removeFirst(excess)
        }
    }

    /// The answer for a task, if there is one that is no older than this.
    func status(of taskId: TaskID, maxAge: Duration, now: Duration) -> CoverStatus? {
        state.withLock { state in
            guard let entry = state.entries[taskId], now - entry.storedAt <= maxAge else { return nil }
            return entry.status
        }
    }

    private func forget(_ taskId: TaskID) { state.withLock { $0.entries[taskId] = nil } }
}
