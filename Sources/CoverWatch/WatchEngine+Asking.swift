package import CoverAPI
import Synchronization

extension WatchEngine {
    /// Watches tasks, each to one final change or one end. When it returns, the journal has them; nothing of new ones is told
    /// before the receipt is started. Watching a watched task again gives it this interval and this deadline.
    ///
    /// - Parameter isKept: whether the watches outlive this process, where the journal does.
    package func watch(
        _ taskIds: [String],
        interval: Duration,
        timeout: Duration? = nil,
        isKept: Bool = true
    ) async throws -> WatchReceipt {
        let unwatched = state.withLock { state in taskIds.filter { !state.table.isWatched($0) } }
        let finals = unwatched.isEmpty ? [:] : try await finalStatuses(of: unwatched)
        let (receipt, watches) = try await decide { table in
            let receipt = table.nextReceipt()
            let watches = table.watch(
                taskIds,
                interval: interval,
                timeout: timeout,
                finals: finals,
                isKept: isKept,
                receipt: receipt,
                at: timeline.moment
            )
            return (receipt, watches)
        }
        let watched = watches.map(\.taskId)
        return WatchReceipt(watches: watches) { [weak self] in
            guard let self else { return }
            self.update { $0.table.start(receipt, of: watched, at: self.timeline.moment) }
        } onWithdraw: { [weak self] in
            guard let self else { return }
            self.update { $0.table.withdraw(receipt, of: watched, at: self.timeline.now) }
        }
    }

    /// Ends watches without a word. When it returns, nothing more of them is told.
    /// - Returns: those that were watched.
    package func unwatch(_ taskIds: [String]) async throws -> [String] {
        try await decide { $0.unwatch(taskIds, at: timeline.now) }
    }

    /// Waits for a task to be final, whether it is watched or not. Cancellable.
    ///
    /// - Throws: ``WaitTimeout``, the `CoverError` for which there will be no final status, or `CancellationError`.
    package func wait(for taskId: String, timeout: Duration? = nil) async throws -> CoverStatus {
        if let status = try await finalStatuses(of: [taskId])[taskId] { return status }
        let waiter = Mutex<WaiterID?>(nil)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                enter(continuation) { state in
                    let id = state.table.wait(for: taskId, timeout: timeout, at: timeline.moment)
                    state.waiters[id] = continuation
                    waiter.withLock { $0 = id }
                }
                // Cancelled before there was anything to cancel.
                if Task.isCancelled { abandon(waiter.withLock(\.self)) }
            }
        } onCancel: {
            abandon(waiter.withLock(\.self))
        }
    }

    /// Waits until everything has been told that was due when this was called: changes already read, and those that queries
    /// due by now bring. Queries that take more than five seconds, or that the budget or a pause of the host holds up for so
    /// long, are not waited for. Called before ``run(emit:)``, it waits for that first.
    ///
    /// - Returns: the sequence number of the last entry told.
    package func sync() async throws -> Int64 {
        try await withCheckedThrowingContinuation { continuation in
            enter(continuation) { state in
                let moment = timeline.moment
                let barrier = state.table.addBarrier(at: moment)
                state.barriers[barrier] = continuation
                state.table.settleBarriers(at: moment.now)
            }
        }
        return state.withLock(\.toldSequence)
    }

    private var isRunning: Bool {
        get throws {
            try state.withLock { state in
                switch state.phase {
                case .idle: return false
                case .running: return true
                case .stopped(let error): throw error is CancellationError ? CoverError.stopped : error
                }
            }
        }
    }

    /// What the journal knows of finished tasks. A success without images may have got some meanwhile.
    private func finalStatuses(of taskIds: [String]) async throws -> [String: CoverStatus] {
        try await journal.finalStatuses(of: taskIds).filter { $0.value.state != .succeeded || !$0.value.images.isEmpty }
    }

    private func abandon(_ waiter: WaiterID?) {
        guard let waiter else { return }
        let continuation = update { state in
            state.table.abandon(waiter, at: timeline.now)
            return state.waiters.removeValue(forKey: waiter)
        }
        continuation?.resume(throwing: CancellationError())
    }

    /// Lets the table decide, and returns when the journal has it and everything decided before has been told.
    private func decide<T: Sendable>(_ body: (inout WatchTable) -> T) async throws -> T {
        guard try isRunning else { return try await decideBeforehand(body) }
        let result = Mutex<T?>(nil)
        try await withCheckedThrowingContinuation { continuation in
            enter(continuation) { state in
                let value = body(&state.table)
                result.withLock { $0 = value }
                state.queue += state.table.takeActions().map(Item.action)
                state.queue.append(.reached(continuation))
            }
        }
        guard let value = result.withLock({ $0 }) else { throw CoverError.stopped }
        return value
    }

    /// Nothing drains the queue yet. What must be kept is kept at once, and once more, in its turn, when the queue is drained;
    /// that is harmless, for storing and forgetting have the same effect twice.
    private func decideBeforehand<T: Sendable>(_ body: (inout WatchTable) -> T) async throws -> T {
        let (value, operations) = update { state in
            let value = body(&state.table)
            let actions = state.table.takeActions()
            state.queue += actions.map(Item.action)
            return (value, actions.compactMap(\.journalOperation))
        }
        if !operations.isEmpty { try await journal.commit(operations) }
        return value
    }

    /// Has a continuation resumed by the engine, or at once if it has stopped.
    private func enter<T>(_ continuation: CheckedContinuation<T, any Error>, _ body: (inout State) -> Void) {
        let refusal: (any Error)? = update { state in
            if case .stopped(let error) = state.phase { return error is CancellationError ? CoverError.stopped : error }
            body(&state)
            return nil
        }
        if let refusal { continuation.resume(throwing: refusal) }
    }
}
