import CoverModel

/// What a fleet has of one task.
struct FleetTask: Sendable, Hashable {
    struct Claim: Sendable, Hashable {
        let fence: Int64
        let bridge: FleetBridge.ID
        var span: Span
    }

    /// A reading and when it was made, by the store's clock.
    struct Reading: Sendable, Hashable {
        let value: Int64
        let content: StoredReading
        let isFinal: Bool
        /// Errors in a row that watches back off from, this one included.
        let faults: Int64
        var readAt: Duration
        /// How long before this reading the first error since the last status was read; nil: this is a status.
        let failingFor: Duration?
    }

    var claim: Claim?
    var reading: Reading?

    /// Begins again what the clock has stepped back before.
    mutating func settle(at now: Duration) {
        claim?.span.settle(at: now)
        guard var reading else { return }
        reading.readAt = min(reading.readAt, now)
        self.reading = reading
    }

    /// When nothing of it is worth keeping any more.
    var expiresAt: Duration { max(claim.map { $0.span.start + $0.span.length } ?? .zero, reading?.expiresAt ?? .zero) }
}

extension FleetTask.Reading {
    /// The time since this reading, as far as it counts for ``failingFor``: a clock that steps forward must not end a task's grace. Little
    /// more than the usual interval; less than the truth does no harm.
    func restOfFailing(at now: Duration) -> Duration { min(max(.zero, now - readAt), Self.longestStep) }

    /// How much of the time between two readings counts at the most.
    static let longestStep: Duration = .seconds(35)

    private var retention: Duration { isFinal ? FleetLimits.finalRetention : FleetLimits.retention }

    /// When it is no longer kept.
    var expiresAt: Duration { readAt + retention }

    /// Whether it will do instead of a query.
    func satisfies(_ freshness: FleetRequest.Freshness, epoch: UInt64, at now: Duration) -> Bool {
        guard now < expiresAt else { return false }
        return switch freshness {
        case .newer(let seen): ReadingNumber(epoch: epoch, value: value).isNewer(than: seen)
        case .within(let age): now - readAt < age
        }
    }

    /// As bridges get it; nil where the content is not what it should be.
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
    /// What the outcome says of the API itself.
    var word: FleetBreaker.Word {
        switch self {
        case .answered(.success), .succeeded: .answered
        // A fault of the API says neither that a pause is over nor that one is wanted.
        case .answered(.failure(let error)): error.retryable ? .nothing : .answered
        case .throttled(let error):
            .throttled(error.kind == .maintenance ? .maintenance : .rateLimited, retryAfter: error.retryAfter)
        case .failed, .dropped: .nothing
        }
    }
}
