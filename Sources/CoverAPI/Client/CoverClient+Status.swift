public import CoverModel
import Synchronization

extension CoverClient {
    /// Queries the status of a task now. Passing faults are retried up to three times within the deadline.
    ///
    /// - Parameters:
    ///   - taskId: the task.
    ///   - maxAge: an answer from memory is used if it is not older than this.
    ///   - includeRecord: whether to keep ``CoverStatus/record``.
    ///   - deadline: the time limit of all tries. Waiting for a turn does not count.
    /// - Throws: `CoverError`; `CancellationError`.
    public func status(
        of taskId: TaskID,
        maxAge: Duration = .zero,
        includeRecord: Bool = false,
        deadline: Duration = .seconds(60)
    ) async throws -> CoverStatus {
        if maxAge > .zero, let known = memory.status(of: taskId, maxAge: maxAge, now: timeline.now) {
            counters.withLock { $0.remembered += 1 }
            return known.with(record: includeRecord)
        }
        var (spent, retry) = (Duration.zero, 0)
        while true {
            let countdown = Countdown(deadline - spent, deadlines: deadlines)
            do {
                let reading = try await read(taskId, within: countdown) {
                    CoverError(
                        .requestTimeout,
                        "There was no answer for this task within \(deadline.inSeconds) seconds.",
                        taskId: taskId
                    )
                }
                report(reading, of: taskId)
                return try reading.result.get().with(record: includeRecord)
            } catch let error as CoverError {
                if let startedAt = countdown.startedAt { spent += timeline.now - startedAt }
                guard let delay = retryPolicy.delay(before: retry, after: error, random: random()),
                    spent + delay < deadline
                else { throw error }
                (spent, retry) = (spent + delay, retry + 1)
                counters.withLock { $0.retries += 1 }
                try await timeline.sleep(for: delay)
            }
        }
    }

    /// One query of a caller that waits. Its time limit runs from when the query is sent, because waiting for a turn
    /// says nothing about the API.
    private func read(
        _ taskId: TaskID,
        within countdown: Countdown,
        expired: () -> CoverError
    ) async throws -> Reading {
        let result: Result<Reading, any Error>
        do {
            let reading = try await poll(
                taskId,
                priority: .interactive,
                joined: countdown.onLate,
                sent: countdown.start
            )
            result = .success(reading)
        } catch {
            result = .failure(error)
        }
        guard countdown.finish() else { throw expired() }
        return try result.get()
    }

    /// Sends exactly one query, or shares one in flight. It does not retry, and does not use the memory.
    ///
    /// - Throws: `CoverError`; `CancellationError`.
    public func poll(_ taskId: TaskID) async throws -> CoverStatus {
        try await poll(taskId, priority: .background).result.get().with(record: false)
    }

    /// The latest answer of any age, without a query; nil if none is in memory.
    package func remembered(_ taskId: TaskID) -> CoverStatus? {
        memory.status(of: taskId, maxAge: timeline.now, now: timeline.now)?.with(record: false)
    }

    /// - Parameters:
    ///   - hasTurn: whether the budget has already granted the turn.
    ///   - joined: called with a function that makes the caller give up.
    ///   - sent: called when the query is sent, possibly at once.
    func poll(
        _ taskId: TaskID,
        priority: QueryPriority,
        hasTurn: Bool = false,
        joined: (@escaping @Sendable () -> Void) -> Void = { _ in },
        sent: @escaping @Sendable () -> Void = {}
    ) async throws -> Reading {
        let outgoing = OutgoingQuery(hasTurn: hasTurn)
        @Sendable func giveBackTurn() { if outgoing.takeTurn() { limiter.giveBack(1) } }
        defer { giveBackTurn() }
        try taskId.check()
        return try await flights.value(for: taskId, joined: joined, sent: sent) { flight in
            counters.withLock { $0.coalesced += 1 }
            giveBackTurn()
            if priority == .interactive { limiter.promote(flight) }
        } work: { [self] flight in
            do {
                let status = try await read(taskId, priority: priority, requestNumber: flight, outgoing: outgoing)
                return Reading(number: outgoing.number, .success(status))
            } catch let error as CoverError {
                return Reading(number: outgoing.number, .failure(error))
            }
        }
    }

    /// Queries the record at the place that the configuration names.
    private func read(
        _ taskId: TaskID,
        priority: QueryPriority,
        requestNumber: Int,
        outgoing: OutgoingQuery
    ) async throws -> CoverStatus {
        func read(_ url: String) async throws -> CoverStatus {
            let answer: Answer
            do {
                answer = try await send(
                    Query(url: url),
                    priority: priority,
                    requestNumber: requestNumber,
                    outgoing: outgoing
                )
            } catch let error as CoverError {
                throw error.about(taskId)
            }
            let reader = CoverAnswer(taskId: taskId, checkedAt: answer.receivedAt)
            let status = try reader.status(answer.outcome, answer.head)
            memory.store(status, bodyLength: answer.bodyLength, now: timeline.now)
            return status
        }

        switch configuration.recordAPI {
        case .cover: return try await read(endpoint.record(of: taskId))
        case .market: return try await read(endpoint.marketRecord(of: taskId))
        case .auto where marketTasks.contains(taskId): return try await read(endpoint.marketRecord(of: taskId))
        case .auto:
            do {
                return try await read(endpoint.record(of: taskId))
            } catch let unknown as CoverError where unknown.kind == .taskNotFound {
                do {
                    let status = try await read(endpoint.marketRecord(of: taskId))
                    marketTasks.insert(taskId)
                    return status
                } catch let error as CoverError where error.kind == .taskNotFound {
                    throw unknown
                }
            }
        }
    }
}

extension CoverStatus {
    func with(record included: Bool) -> CoverStatus {
        var status = self
        if !included { status.record = nil }
        return status
    }
}
