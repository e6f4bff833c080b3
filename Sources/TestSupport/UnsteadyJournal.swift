package import CoverModel
package import CoverWatch
import Synchronization

/// A journal for tests. The test decides when each commit returns, in any order, or that it fails or never returns. The
/// journal stores the data that would be on the disk.
package final class UnsteadyJournal: WatchJournal {
    package struct Disk: Sendable {
        package var watches: [TaskID: WatchRecord] = [:]
        package var entries: [JournalEntry] = []
        package var dismissals: [TaskID: Int64] = [:]

        package init() {}

        fileprivate mutating func perform(_ operations: [JournalOperation]) {
            for operation in operations {
                switch operation {
                case .store(let record): watches[record.taskId] = record
                case .forget(let taskId): watches[taskId] = nil
                case .dismiss(let taskId):
                    dismissals[taskId] = entries.last { $0.taskId == taskId }?.sequence
                case .append(let encoded):
                    let entry = encoded.entry
                    entries.append(entry)
                    if entry.endsWatch {
                        watches[entry.taskId] = nil
                    } else if case .changed(let change) = entry {
                        watches[entry.taskId]?.last = change.status
                    }
                }
            }
        }
    }

    private struct Commit {
        let operations: [JournalOperation]
        let continuation: CheckedContinuation<Void, any Error>
    }

    private typealias Watcher = CheckedContinuation<Void, Never>

    private struct State {
        var disk: Disk
        var pending: [Commit] = []
        var isDead = false
        var isSteady = false
        var watchers: [Watcher] = []
    }

    private let state: Mutex<State>

    package init(_ disk: Disk) { state = Mutex(State(disk: disk)) }

    package var disk: Disk { state.withLock(\.disk) }

    package var info: JournalInfo {
        JournalInfo(persistent: true, epoch: "model", lastSequence: disk.entries.last?.sequence ?? 0)
    }

    package func restore() -> [WatchRecord] { disk.watches.values.sorted { $0.taskId < $1.taskId } }

    package func commit(_ operations: [JournalOperation]) async throws {
        try await withCheckedThrowingContinuation { continuation in
            let (result, watchers) = state.withLock { state -> (Result<Void, any Error>?, [Watcher]) in
                if state.isDead { return (.failure(CancellationError()), []) }
                guard state.isSteady else {
                    state.pending.append(Commit(operations: operations, continuation: continuation))
                    defer { state.watchers = [] }
                    return (nil, state.watchers)
                }
                state.disk.perform(operations)
                return (.success(()), [])
            }
            if let result { continuation.resume(with: result) }
            for watcher in watchers { watcher.resume() }
        }
    }

    package func changes(after sequence: Int64, limit: Int) async -> ChangePage {
        let entries = disk.entries
        let page = Array(entries.filter { $0.sequence > sequence }.prefix(limit))
        return ChangePage(entries: page, lastSequence: entries.last?.sequence ?? 0, more: false)
    }

    package func dismissals() async -> [TaskID: Int64] { disk.dismissals }

    package func finalStatuses(of taskIds: [TaskID]) async -> [TaskID: CoverStatus] {
        let entries = disk.entries
        var statuses: [TaskID: CoverStatus] = [:]
        for taskId in taskIds {
            guard case .changed(let change) = entries.last(where: { $0.taskId == taskId }), change.final else {
                continue
            }
            statuses[taskId] = change.status
        }
        return statuses
    }

    /// Waits until a commit is in progress.
    package func commitIsUnderWay() async {
        await withCheckedContinuation { continuation in
            let isUnderWay = state.withLock { state in
                if state.pending.isEmpty { state.watchers.append(continuation) }
                return !state.pending.isEmpty
            }
            if isUnderWay { continuation.resume() }
        }
    }

    /// Lets one of the commits in progress reach the disk. The random generator chooses it.
    package func complete(using random: inout SplitMix64) { complete(choice: random.next()) }

    /// Lets one commit reach the disk. This is the oldest commit, unless `choice` selects another one.
    package func complete(choice: UInt64 = 0) {
        let commit = state.withLock { state -> Commit? in
            guard !state.pending.isEmpty else { return nil }
            let commit = state.pending.remove(at: Int(choice % UInt64(state.pending.count)))
            state.disk.perform(commit.operations)
            return commit
        }
        commit?.continuation.resume()
    }

    /// Makes one commit fail. No part of this commit reaches the disk.
    package func fail() {
        let commit = state.withLock { $0.pending.isEmpty ? nil : $0.pending.removeFirst() }
        commit?.continuation.resume(throwing: JournalError(.failed, "the disk is full"))
    }

    /// From now on, lets every commit reach the disk at once.
    package func steady() {
        let pending = state.withLock { state in
            state.isSteady = true
            defer { state.pending = [] }
            for commit in state.pending { state.disk.perform(commit.operations) }
            return state.pending
        }
        for commit in pending { commit.continuation.resume() }
    }

    /// Simulates that the process is killed. A commit in progress may or may not have reached the disk, and its caller
    /// gets no answer.
    package func die(using random: inout SplitMix64) {
        let isWritten = Bool.random(using: &random)
        let pending = state.withLock { state in
            state.isDead = true
            defer { state.pending = [] }
            if isWritten { for commit in state.pending { state.disk.perform(commit.operations) } }
            return state.pending
        }
        for commit in pending { commit.continuation.resume(throwing: CancellationError()) }
    }
}
