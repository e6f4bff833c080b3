import CoverModel
import Synchronization

/// The latest answers, for callers that accept an answer of a certain age. The size is bounded, and the oldest answers
/// are removed first.
final class StatusMemory: Sendable {
    private struct Entry {
        var status: CoverStatus
        var storedAt: Duration
    }

    private struct State {
        var entries: [TaskID: Entry] = [:]
        /// Ids in the order of storing. An id that was stored again appears twice, and its last position counts.
        var order: [(taskId: TaskID, storedAt: Duration)] = []
    }

    /// How many answers are kept. The largest kept body is `largestBody` bytes, so the texts take at most 16 MiB.
    static let capacity = 512
    /// How many answers remain after cleaning. Removing many at a time costs as much as removing one.
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

    /// The answer for a task; nil if there is none, or if it is older than `maxAge`.
    func status(of taskId: TaskID, maxAge: Duration, now: Duration) -> CoverStatus? {
        state.withLock { state in
            guard let entry = state.entries[taskId], now - entry.storedAt <= maxAge else { return nil }
            return entry.status
        }
    }

    private func forget(_ taskId: TaskID) { state.withLock { $0.entries[taskId] = nil } }
}
