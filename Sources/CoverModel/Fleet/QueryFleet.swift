/// A client's view of the bridges that share its key: they share its budget, its pauses and its readings.
///
/// While the store of the fleet does not answer, each operation makes its query at once. The client's own budget has
/// already limited these queries. A query that waited while the store was lost throws ``FleetTurnVoid``, and needs a
/// new turn of that budget.
package protocol QueryFleet: Sendable {
    /// Makes a query about a task when its turn comes, unless another bridge has made the same query.
    ///
    /// - Parameters:
    ///   - freshness: which reading of another bridge can replace the query.
    ///   - isUrgent: whether a caller waits for the answer.
    ///   - query: makes the query; called at most once. The closure throws if nothing was sent.
    /// - Throws: ``FleetDeferral`` if a query that is not urgent gets no slot now; ``QueriesPaused`` if an urgent query
    ///   meets a pause; ``FleetTurnVoid``; `CancellationError`; the errors of `query`.
    func read(
        _ taskId: TaskID,
        _ freshness: FleetFreshness,
        isUrgent: Bool,
        query: @escaping @Sendable () async throws -> Result<CoverStatus, CoverError>
    ) async throws -> FleetResult

    /// Makes a query that is not about the record of a task, when its turn comes.
    ///
    /// - Parameters:
    ///   - query: makes the query; called at most once.
    ///   - throttling: the error of an answer that asks for a pause of all queries; nil for every other answer.
    /// - Throws: ``QueriesPaused``; ``FleetTurnVoid``; `CancellationError`; the errors of `query`.
    func ask<Value: Sendable>(
        isUrgent: Bool,
        query: @escaping @Sendable () async throws -> Value,
        throttling: @Sendable (Value) -> CoverError?
    ) async throws -> Value

    /// Registers the function that receives the events of the fleet. The client calls this once, before the first
    /// query.
    func onEvent(_ handle: @escaping @Sendable (FleetEvent) -> Void)

    /// The counters of this bridge in the fleet.
    var statistics: FleetStatistics { get }
}

/// Which reading of another bridge can replace a query.
package enum FleetFreshness: Sendable, Hashable {
    /// A reading with a newer number than this one. Without a number, a status that is not older than the duration also
    /// replaces the query. An error replaces the query only if another bridge reads it during the query.
    case newer(than: ReadingNumber?, orWithin: Duration)
    /// A status that is not older than this duration when the call begins, or a reading that is made during the call.
    /// An error from before the call does not replace the query, because its cause may be gone.
    case within(Duration)
    /// No reading, because the caller needs the API's own record, which the bridges do not share.
    case own
}

/// The outcome of a query about a task.
package struct FleetResult: Sendable {
    /// The status, or the API's error instead.
    package let result: Result<CoverStatus, CoverError>
    /// What the fleet adds to the reading; nil if the fleet did not get the reading.
    package let shared: SharedReading?

    package init(_ result: Result<CoverStatus, CoverError>, shared: SharedReading?) {
        self.result = result
        self.shared = shared
    }
}
