import CoverModel

/// The stored data of a fleet about one task.
struct FleetTask: Sendable, Hashable {
    /// The right of one bridge to query the task now.
    struct Claim: Sendable, Hashable {
        /// The number of the claim (``FleetClaim/fence``).
        let fence: Int64
        let bridge: FleetBridge.ID
        var span: Span
    }

    /// A reading, and the time of the reading on the store's clock.
    struct Reading: Sendable, Hashable {
        let value: Int64
        let content: StoredReading
        let isFinal: Bool
        /// The number of errors in a row, including this one. Only errors that make a watch poll more slowly are
        /// counted.
        let faults: Int64
        var readAt: Duration
        /// The time from the first error since the last status to this reading. Nil means that this reading is a
        /// status.
        let failingFor: Duration?
    }

    var claim: Claim?
    var reading: Reading?

    /// Starts a period again if the clock has jumped back to before its start.
    mutating func settle(at now: Duration) {
        claim?.span.settle(at: now)
        guard var reading else { return }
        reading.readAt = min(reading.readAt, now)
        self.reading = reading
    }

    /// The moment at which all data about the task has expired.
    var expiresAt: Duration { max(claim.map { $0.span.start + $0.span.length } ?? .zero, reading?.expiresAt ?? .zero) }
}

extension FleetTask.Reading {
    /// The time since this reading, for the sum in ``failingFor``. The time has an upper limit, because a clock that
    /// jumps forward must not end the grace period of a task. The limit is a little more than the usual interval
    /// between polls. A result below the true time does no harm.
    func restOfFailing(at now: Duration) -> Duration { min(max(.zero, now - readAt), Self.longestStep) }

    /// The upper limit of the time between two readings that counts.
    static let longestStep: Duration = .seconds(35)

    private var retention: Duration { isFinal ? FleetLimits.finalRetention : FleetLimits.retention }

    /// The moment at which the reading expires.
    var expiresAt: Duration { readAt + retention }

    /// Whether this reading can replace a query.
    func satisfies(_ freshness: FleetRequest.Freshness, epoch: UInt64, at now: Duration) -> Bool {
        guard now < expiresAt else { return false }
        let (age, isError) = (now - readAt, failingFor != nil)
        return switch freshness {
        case .newer(let seen):
            ReadingNumber(epoch: epoch, value: value).isNewer(than: seen) && (!isError || age < FleetLimits.errorAge)
        case .within(let limit, let errorLimit): age < (isError ? errorLimit : limit)
        }
    }

    /// The reading in the form that bridges get; nil if its content is invalid.
    func shared(of taskId: TaskID, epoch: UInt64, at now: Duration) -> FleetReading? {
        content.result(of: taskId).map { shared($0, epoch: epoch, at: now) }
    }

    func shared(_ result: Result<CoverStatus, CoverError>, epoch: UInt64, at now: Duration) -> FleetReading {
        FleetReading(
            number: ReadingNumber(epoch: epoch, value: value),
            result: result,
            faults: Int(faults),
            failingFor: failingFor.map { $0 + restOfFailing(at: now) } ?? .zero,
            age: max(.zero, now - readAt)
        )
    }
}

extension FleetOutcome {
    /// The meaning of the outcome for the circuit breaker.
    var word: FleetBreaker.Word {
        switch self {
        case .answered(.success), .succeeded: .answered
        // A fault of the API says neither that a pause is over nor that one is requested.
        case .answered(.failure(let error)): error.retryable ? .nothing : .answered
        case .throttled(let error):
            .throttled(error.kind == .maintenance ? .maintenance : .rateLimited, retryAfter: error.retryAfter)
        case .failed, .dropped: .nothing
        }
    }
}
