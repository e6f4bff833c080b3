import Synchronization

extension CoverClient {
    /// What the API says of a task now, asked again on faults that may pass: three times at the most, within the deadline.
    ///
    /// - Parameters:
    ///   - maxAge: an answer from memory that is no older will do.
    ///   - includeRecord: whether ``CoverStatus/record`` is wanted.
    ///   - deadline: how long to try in all.
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
        let end = timeline.now + deadline
        var retry = 0
        while true {
            do {
                return try await deadlines.within(max(end - timeline.now, .zero)) {
                    CoverError(
                        .requestTimeout,
                        "There was no answer for this task within \(deadline.inSeconds) seconds.",
                        taskId: taskId
                    )
                } work: { whenLate in
                    try await look(at: taskId, priority: .interactive, joined: whenLate)
                }.with(record: includeRecord)
            } catch let error as CoverError {
                guard let delay = retryPolicy.delay(before: retry, after: error, random: random()),
                    timeline.now + delay < end
                else { throw error }
                retry += 1
                counters.withLock { $0.retries += 1 }
                try await timeline.sleep(for: delay)
            }
        }
    }

    /// Exactly one query, or a share in one that is in flight: no retries, nothing from memory.
    public func look(at taskId: TaskID) async throws -> CoverStatus {
        try await look(at: taskId, priority: .background).with(record: false)
    }

    /// The latest answer, however old it is, without a query; nil where none is remembered.
    package func remembered(_ taskId: TaskID) -> CoverStatus? {
        memory.status(of: taskId, maxAge: timeline.now, now: timeline.now)?.with(record: false)
    }

    /// - Parameter joined: called with what gives up waiting.
    private func look(
        at taskId: TaskID,
        priority: QueryPriority,
        joined: (@escaping @Sendable () -> Void) -> Void = { _ in }
    ) async throws -> CoverStatus {
        try taskId.check()
        return try await flights.value(for: taskId, joined: joined) { flight in
            counters.withLock { $0.coalesced += 1 }
            if priority == .interactive { limiter.promote(flight) }
        } work: { [self] flight in
            do {
                return try await read(taskId, priority: priority, ticket: flight)
            } catch let error as CoverError {
                throw error.about(taskId)
            }
        }
    }

    /// Asks where the record is, as the configuration has it.
    private func read(_ taskId: TaskID, priority: QueryPriority, ticket: Int) async throws -> CoverStatus {
        func read(_ url: String) async throws -> CoverStatus {
            let answer = try await send(Query(url: url), priority: priority, ticket: ticket)
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
    fileprivate func with(record included: Bool) -> CoverStatus {
        var status = self
        if !included { status.record = nil }
        return status
    }
}
