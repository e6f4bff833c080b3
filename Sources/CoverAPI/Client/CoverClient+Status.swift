public import CoverModel
import Synchronization

extension CoverClient {
    /// Queries the status of a task now. Temporary faults are retried up to three times within the deadline.
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
        let freshness = includeRecord ? FleetFreshness.own : .within(maxAge)
        var (spent, retry) = (Duration.zero, 0)
        while true {
            let countdown = Countdown(deadline - spent, deadlines: deadlines)
            do {
                let reading = try await read(taskId, freshness, within: countdown) {
                    CoverError(
                        .requestTimeout,
                        "There was no answer for this task within \(deadline.inSeconds) seconds.",
                        taskId: taskId
                    )
                }
                report(reading, of: taskId)
                let status = try reading.result.get()
                // This call joined a query of a watch, which got another bridge's reading. A shared reading has no record.
                if includeRecord, status.record == nil, reading.shared != nil { continue }
                return status.with(record: includeRecord)
            } catch {
                // A pause is handled like a refusal of the API. It does not count as a reading.
                guard let error = (error as? QueriesPaused)?.error.about(taskId) ?? error as? CoverError else {
                    throw error
                }
                if let startedAt = countdown.startedAt { spent += timeline.now - startedAt }
                guard var delay = retryPolicy.delay(before: retry, after: error, random: random()) else { throw error }
                let pause = throttledCalls.withLock { $0.remaining(at: timeline.now) }
                if pause > .zero { delay = pause }
                guard spent + delay < deadline else { throw error }
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
        _ freshness: FleetFreshness,
        within countdown: Countdown,
        expired: () -> CoverError
    ) async throws -> Reading {
        let result: Result<Reading, any Error>
        do {
            let reading = try await pollPatiently(
                taskId,
                priority: .interactive,
                freshness,
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

    /// Sends exactly one query, or shares a query in flight. This method does not retry, and does not use remembered
    /// answers.
    ///
    /// - Throws: `CoverError`; `CancellationError`.
    public func poll(_ taskId: TaskID) async throws -> CoverStatus {
        do {
            return try await pollPatiently(taskId, priority: .background, .own).result.get().with(record: false)
        } catch let paused as QueriesPaused {
            throw paused.error.about(taskId)
        }
    }

    /// The latest answer of any age, without a query; nil if none is in memory.
    package func remembered(_ taskId: TaskID) -> CoverStatus? {
        memory.status(of: taskId, maxAge: timeline.now, now: timeline.now)?.with(record: false)
    }

    /// Polls a task. If the fleet defers the query, this method polls the task again.
    func pollPatiently(
        _ taskId: TaskID,
        priority: QueryPriority,
        _ freshness: FleetFreshness,
        joined: (@escaping @Sendable () -> Void) -> Void = { _ in },
        sent: @escaping @Sendable () -> Void = {}
    ) async throws -> Reading {
        while true {
            do {
                return try await poll(taskId, priority: priority, freshness, joined: joined, sent: sent)
            } catch let deferral as FleetDeferral {
                // This call shared the query of a watch, and the fleet has deferred that query. The loop sends another
                // query. A background query first waits until the moment that the fleet named.
                if priority == .background { try await timeline.sleep(until: deferral.until) }
            }
        }
    }

    /// - Parameters:
    ///   - freshness: which reading of another bridge in the fleet can replace the query.
    ///   - hasTurn: whether the budget has already granted the turn.
    ///   - joined: called with a function that makes the caller give up.
    ///   - sent: called when the query is sent, possibly at once.
    func poll(
        _ taskId: TaskID,
        priority: QueryPriority,
        _ freshness: FleetFreshness,
        hasTurn: Bool = false,
        joined: (@escaping @Sendable () -> Void) -> Void = { _ in },
        sent: @escaping @Sendable () -> Void = {}
    ) async throws -> Reading {
        let outgoing = OutgoingQuery(hasTurn: hasTurn)
        @Sendable func giveBackTurn() { if outgoing.takeTurn() { limiter.giveBack(1) } }
        defer { giveBackTurn() }
        try check(taskId)
        return try await flights.value(for: taskId, joined: joined, sent: sent) { flight in
            counters.withLock { $0.coalesced += 1 }
            giveBackTurn()
            if priority == .interactive { limiter.promote(flight) }
        } work: { [self] flight in
            if let fleet {
                do { return try await read(taskId, freshness, priority, flight, outgoing, in: fleet) } catch let error
                    as CoverError
                { return Reading(number: outgoing.number, .failure(error)) }
            }
            let result = try await result(of: taskId, priority, flight, outgoing)
            return Reading(number: outgoing.number, result)
        }
    }

    /// The API's status of a task, or the error of the API or of the network.
    func result(
        of taskId: TaskID,
        _ priority: QueryPriority,
        _ flight: Int,
        _ outgoing: OutgoingQuery
    ) async throws -> Result<CoverStatus, CoverError> {
        do {
            return .success(try await read(taskId, priority: priority, requestNumber: flight, outgoing: outgoing))
        } catch let error as CoverError {
            return .failure(error)
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
                // The file of the key may be read here for the first time.
                _ = try await keyring.key()
                try check(taskId)
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
