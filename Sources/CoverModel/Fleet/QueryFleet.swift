/// The bridges that share a client's key: they share its budget, its pauses and its readings. What a client needs of them.
///
/// Where the store of the fleet does not answer, each operation makes the query at once: the client's own budget stands before it.
package protocol QueryFleet: Sendable {
    /// Makes a query about a task when it is its turn, unless another bridge has made it.
    ///
    /// - Parameters:
    ///   - freshness: which reading of another bridge will do.
    ///   - isUrgent: whether a caller waits for the answer.
    ///   - query: makes the query; called once at the most. It throws where nothing was sent.
    /// - Throws: ``FleetDeferral`` where a query that is not urgent gets no turn now, ``FleetPaused`` where an urgent one meets a pause,
    ///   `CancellationError`, and what `query` throws.
    func read(
        _ taskId: TaskID,
        _ freshness: FleetFreshness,
        isUrgent: Bool,
        query: @escaping @Sendable () async throws -> Result<CoverStatus, CoverError>
    ) async throws -> FleetResult

    /// Makes a query that is not about a task's record when it is its turn.
    ///
    /// - Parameters:
    ///   - query: makes the query; called once at the most.
    ///   - throttling: the error of an answer that asks for a pause of all queries; nil for every other answer.
    /// - Throws: ``FleetPaused``, `CancellationError`, and what `query` throws.
    func ask<Value: Sendable>(
        isUrgent: Bool,
        query: @escaping @Sendable () async throws -> Value,
        throttling: @Sendable (Value) -> CoverError?
    ) async throws -> Value

    /// Registers the function that hears what happens in the fleet. Called once, before the first query.
    func onEvent(_ hear: @escaping @Sendable (FleetEvent) -> Void)

    /// This bridge's part in the fleet, in numbers.
    var statistics: FleetStatistics { get }
}

/// Which reading of another bridge a query can do without.
package enum FleetFreshness: Sendable, Hashable {
    /// One with a newer number; where there is no number yet, one that is no older than so long.
    case newer(than: ReadingNumber?, orWithin: Duration)
    /// One that is no older than so long, counted from the call, or was made since.
    case within(Duration)
    /// None: the API's own record is wanted, which is not shared.
    case own
}

/// What became of a query about a task.
package struct FleetResult: Sendable {
    /// The status, or what the API answered instead of one.
    package let result: Result<CoverStatus, CoverError>
    /// What the fleet knows of the reading; nil where it did not get it.
    package let shared: SharedReading?

    package init(_ result: Result<CoverStatus, CoverError>, shared: SharedReading?) {
        self.result = result
        self.shared = shared
    }
}

/// A call that meets a pause of the fleet. Nothing was sent, so that it is no reading.
package struct FleetPaused: Error, Sendable {
    /// What the caller gets: `rateLimited` or `maintenance`, with the time that is left.
    package let error: CoverError

    package init(isMaintenance: Bool, for remaining: Duration) {
        let seconds = max(remaining.inSeconds, 0)
        error =
            isMaintenance
            ? CoverError(.maintenance, "The API is under maintenance; the fleet pauses.", retryAfter: seconds)
            : CoverError(.rateLimited, "The API asked for fewer queries; the fleet pauses.", retryAfter: seconds)
    }
}
