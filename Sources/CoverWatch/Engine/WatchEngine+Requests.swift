package import CoverModel
import Synchronization

extension WatchEngine {
    /// Watches tasks, each to one final change or one end. When it returns, the journal has them; nothing of them is told before
    /// the receipt is started. Watching a watched task again gives it this interval and this deadline.
    ///
    /// - Parameter isPersistent: whether the watches outlive this process, where the journal does.
    package func watch(
        _ taskIds: [TaskID],
        interval: Duration,
        timeout: Duration? = nil,
        isPersistent: Bool = true
    ) async throws -> PendingWatch {
        let pending = try register(taskIds, interval: interval, timeout: timeout, isPersistent: isPersistent)
        try await pending.commit()
        return pending
    }

    /// The first half of ``watch(_:interval:timeout:)``, which waits for nothing: calls take effect in their order. The receipt is
    /// to be confirmed, or else it takes the watches back.
    package func register(
        _ taskIds: [TaskID],
        interval: Duration,
        timeout: Duration? = nil,
        isPersistent: Bool = true
    ) throws -> PendingWatch {
        let decision = try decide { table in
            let callNumber = table.nextCallNumber()
            let moment = timeline.moment
            let watches = table.watch(
                taskIds,
                interval: interval,
                timeout: timeout,
                isPersistent: isPersistent,
                callNumber: callNumber,
                at: moment
            )
            return (callNumber, watches)
        }
        let (number, watches) = decision.value
        return PendingWatch(number, watches, in: self)
    }

    /// Ends watches without a word, at once. When the decision is settled, nothing more of them is told.
    ///
    /// - Returns: those that were watched.
    package func unwatch(_ taskIds: [TaskID]) throws -> Decision<[TaskID]> {
        try decide { $0.unwatch(taskIds, at: timeline.now) }
    }

    /// Waits for a task to be final, whether it is watched or not. Cancellable.
    ///
    /// - Throws: ``WaitTimeout``, the `CoverError` for which there will be no final status, or `CancellationError`.
    package func wait(for taskId: TaskID, timeout: Duration? = nil) async throws -> CoverStatus {
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
        return state.withLock(\.emittedSequence)
    }

    /// What the journal knows of finished tasks. A success without images may have got some meanwhile.
    func finalStatuses(of taskIds: [TaskID]) async throws -> [TaskID: CoverStatus] {
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

    /// What has been decided already, and is yet to be kept and told.
    package struct Decision<Value: Sendable>: Sendable {
        package let value: Value
        fileprivate let engine: WatchEngine

        /// Returns when the journal has it and everything decided before has been told; waits for ``WatchEngine/run(emit:)``.
        package func settled() async throws -> Value {
            try await engine.reachEndOfQueue()
            return value
        }
    }

    private func decide<Value: Sendable>(_ body: (inout WatchTable) -> Value) throws -> Decision<Value> {
        try update { state in
            if let refusal = state.refusal { throw refusal }
            return Decision(value: body(&state.table), engine: self)
        }
    }

    /// Returns when everything decided by now has been committed and told.
    func reachEndOfQueue() async throws {
        try await withCheckedThrowingContinuation { continuation in
            enter(continuation) { $0.queue.append(.reached(continuation)) }
        }
    }

    /// Has a continuation resumed by the engine, or at once if it has stopped.
    private func enter<T>(_ continuation: CheckedContinuation<T, any Error>, _ body: (inout State) -> Void) {
        let refusal: (any Error)? = update { state in
            if let refusal = state.refusal { return refusal }
            body(&state)
            return nil
        }
        if let refusal { continuation.resume(throwing: refusal) }
    }
}
