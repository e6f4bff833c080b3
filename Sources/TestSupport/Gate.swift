import Synchronization

/// A gate at which work waits until a test opens it.
package final class Gate: Sendable {
    private struct State {
        var isOpen = false
        var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
        var cancelled: Set<Int> = []
        var lastID = 0
        var watchers: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []

        mutating func takeWatchers() -> [CheckedContinuation<Void, Never>] {
            let ready = watchers.filter { $0.count <= waiters.count }
            watchers.removeAll { $0.count <= waiters.count }
            return ready.map(\.continuation)
        }
    }

    private let state = Mutex(State())

    package init() {}

    /// Waits until the gate opens, even if the task is cancelled.
    package func pass() async {
        await enter(nextID())
    }

    /// Waits until the gate opens.
    ///
    /// - Throws: `CancellationError` as soon as the task is cancelled.
    package func passUnlessCancelled() async throws {
        let id = nextID()
        await withTaskCancellationHandler {
            await enter(id)
        } onCancel: {
            let waiter = state.withLock { state in
                let waiter = state.waiters.removeValue(forKey: id)
                if waiter == nil { state.cancelled.insert(id) }
                return waiter
            }
            waiter?.resume()
        }
        try Task.checkCancellation()
    }

    /// Opens the gate for good.
    package func open() {
        let waiters = state.withLock { state in
            state.isOpen = true
            defer { state.waiters = [:] }
            return state.waiters.values
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Waits until this many tasks wait at the gate.
    package func waiters(atLeast count: Int) async {
        await withCheckedContinuation { continuation in
            let ready = state.withLock { state in
                state.watchers.append((count, continuation))
                return state.takeWatchers()
            }
            for watcher in ready { watcher.resume() }
        }
    }

    private func nextID() -> Int {
        state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
    }

    private func enter(_ id: Int) async {
        await withCheckedContinuation { continuation in
            let (passes, watchers): (Bool, [CheckedContinuation<Void, Never>]) = state.withLock { state in
                if state.isOpen || state.cancelled.remove(id) != nil { return (true, []) }
                state.waiters[id] = continuation
                return (false, state.takeWatchers())
            }
            if passes { continuation.resume() }
            for watcher in watchers { watcher.resume() }
        }
    }
}
