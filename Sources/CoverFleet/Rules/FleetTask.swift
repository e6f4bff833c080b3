import CoverModel

/// What a fleet has of one task.
struct FleetTask: Sendable {
    struct Claim: Sendable, Hashable {
        let fence: Int64
        let bridge: FleetBridge.ID
        var span: Span
    }

    /// A reading and when it was made, by the store's clock.
    struct Reading: Sendable {
        let value: Int64
        let result: Result<CoverStatus, CoverError>
        /// Errors in a row, this one included.
        var faults: Int64
        var readAt: Duration
        /// When the first of these errors was read.
        var failingSince: Duration
    }

    var claim: Claim?
    var reading: Reading?

    /// Begins anew what the clock has stepped back before.
    mutating func settle(at now: Duration) {
        claim?.span.settle(at: now)
        guard var reading else { return }
        reading.readAt = min(reading.readAt, now)
        reading.failingSince = min(reading.failingSince, reading.readAt)
        self.reading = reading
    }

    /// Whether the task is worth keeping.
    func isKept(at now: Duration) -> Bool {
        if let claim, claim.span.remaining(at: now) > .zero { return true }
        guard let reading else { return false }
        return now - reading.readAt < reading.retention
    }
}

extension FleetTask.Reading {
    var retention: Duration {
        if case .success(let status) = result, status.final {
            FleetLimits.finalRetention
        } else {
            FleetLimits.retention
        }
    }

    func shared(epoch: UInt64, at now: Duration) -> FleetReading {
        FleetReading(
            number: ReadingNumber(epoch: epoch, value: value),
            result: result,
            faults: Int(faults),
            failingFor: faults == 0 ? .zero : max(.zero, now - failingSince),
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
