import CoverModel

/// What a fleet keeps about one task.
struct FleetTask: Sendable, Hashable {
    struct Claim: Sendable, Hashable {
        let fence: Int64
        let bridge: FleetBridge.ID
        var span: Span
    }

    /// A reading, and its time by the store's clock.
    struct Reading: Sendable, Hashable {
        let value: Int64
        let content: StoredReading
        let isFinal: Bool
        /// The number of errors in a row that watches back off from, including this one.
        let faults: Int64
        var readAt: Duration
        /// How long before this reading the first error since the last status was read; nil: this is a status.
        let failingFor: Duration?
    }

    var claim: Claim?
    var reading: Reading?

    /// Starts periods again if the clock has stepped back behind them.
    mutating func settle(at now: Duration) {
        claim?.span.settle(at: now)
        guard var reading else { return }
        reading.readAt = min(reading.readAt, now)
        self.reading = reading
    }

    /// When everything about the task has expired.
    var expiresAt: Duration { max(claim.map { $0.span.start + $0.span.length } ?? .zero, reading?.expiresAt ?? .zero) }
}

extension FleetTask.Reading {
    /// The time since this reading, limited for ``failingFor``: a clock that steps forward must not end a task's grace period. The limit is
    /// little more than the usual interval; a value below the truth does no harm.
    func restOfFailing(at now: Duration) -> Duration { min(max(.zero, now - readAt), Self.longestStep) }

    /// The most of the time between two readings that counts.
    static let longestStep: Duration = .seconds(35)

    private var retention: Duration { isFinal ? FleetLimits.finalRetention : FleetLimits.retention }

    /// When the reading expires.
    var expiresAt: Duration { readAt + retention }

    /// Whether it can replace a query.
    func satisfies(_ freshness: FleetRequest.Freshness, epoch: UInt64, at now: Duration) -> Bool {
        guard now < expiresAt else { return false }
        let (age, isError) = (now - readAt, failingFor != nil)
        return switch freshness {
        case .newer(let seen):
            ReadingNumber(epoch: epoch, value: value).isNewer(than: seen) && (!isError || age < FleetLimits.errorAge)
        case .within(let limit, let errorLimit): age < (isError ? errorLimit : limit)
        }
    }

    /// The reading as bridges get it; nil if its content is invalid.
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
    /// What the outcome says about the API itself.
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
