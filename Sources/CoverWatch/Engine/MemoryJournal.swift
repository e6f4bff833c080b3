package import CoverModel
import Synchronization

/// A journal in memory, which ends with the process. It keeps the newest entries, 10,000 by default. It stores no
/// watches, because the engine holds them and no later process restores them.
package final class MemoryJournal: WatchJournal {
    private struct State {
        /// A ring buffer: the entry with number `n` is at `(n - 1) % capacity`.
        var ring: [JournalEntry] = []
        var lastSequence: Int64 = 0
        /// The number of the newest entry of each task in the ring.
        var newest: [TaskID: Int64] = [:]
        /// The number of the newest entry of each dismissed task, at the time of the dismissal.
        var dismissals: [TaskID: Int64] = [:]
    }

    private let state = Mutex(State())
    private let epoch: String
    private let capacity: Int

    /// - Parameters:
    ///   - epoch: distinguishes this journal from earlier ones; a random word.
    ///   - capacity: how many entries are kept.
    package init(epoch: String, capacity: Int = 10_000) {
        self.epoch = epoch
        self.capacity = capacity
    }

    package var info: JournalInfo {
        JournalInfo(persistent: false, epoch: epoch, lastSequence: state.withLock(\.lastSequence))
    }

    package func restore() -> [WatchRecord] { [] }

    package func commit(_ operations: [JournalOperation]) async {
        state.withLock { state in
            for operation in operations {
                switch operation {
                case .append(let encoded): append(encoded.entry, to: &state)
                case .dismiss(let taskId): state.dismissals[taskId] = state.newest[taskId]
                case .store, .forget: break
                }
            }
        }
    }

    private func append(_ entry: JournalEntry, to state: inout State) {
        if state.ring.count < capacity {
            state.ring.append(entry)
        } else {
            let place = position(of: entry.sequence)
            let oldest = state.ring[place]
            if state.newest[oldest.taskId] == oldest.sequence { state.newest[oldest.taskId] = nil }
            if state.dismissals[oldest.taskId] == oldest.sequence { state.dismissals[oldest.taskId] = nil }
            state.ring[place] = entry
        }
        state.newest[entry.taskId] = entry.sequence
        state.lastSequence = entry.sequence
    }

    private func position(of sequence: Int64) -> Int { Int((sequence - 1) % Int64(capacity)) }

    package func changes(after sequence: Int64, limit: Int) async -> ChangePage {
        state.withLock { state in
            let oldest = state.lastSequence - Int64(state.ring.count) + 1
            let first = max(oldest, sequence < .max ? sequence + 1 : sequence)
            guard first <= state.lastSequence else {
                return ChangePage(entries: [], lastSequence: state.lastSequence, more: false)
            }
            let last = min(state.lastSequence, first + Int64(max(limit, 1)) - 1)
            let entries = (first...last).map { state.ring[position(of: $0)] }
            return ChangePage(entries: entries, lastSequence: state.lastSequence, more: last < state.lastSequence)
        }
    }

    package func dismissals() async -> [TaskID: Int64] { state.withLock(\.dismissals) }

    package func finalStatuses(of taskIds: [TaskID]) async -> [TaskID: CoverStatus] {
        state.withLock { state in
            var statuses: [TaskID: CoverStatus] = [:]
            for taskId in taskIds {
                guard let sequence = state.newest[taskId],
                    case .changed(let change) = state.ring[position(of: sequence)], change.final
                else { continue }
                statuses[taskId] = change.status
            }
            return statuses
        }
    }
}
