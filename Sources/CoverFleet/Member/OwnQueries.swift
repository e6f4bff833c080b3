import CoverModel

/// The tasks that this bridge queries now. A store also announces a bridge's readings to that bridge, often before the
/// store answers. An announced reading has no callback URL and no record, so the bridge must handle its own reading
/// first.
struct OwnQueries: Sendable {
    private struct Query {
        var count = 0
        /// The newest reading that was announced during the query.
        var held: FleetReading?
    }

    private var queries: [TaskID: Query] = [:]

    mutating func begin(_ taskId: TaskID) { queries[taskId, default: Query()].count += 1 }

    /// Keeps an announced reading for later if this bridge queries its task now.
    mutating func holdsBack(_ reading: FleetReading, of taskId: TaskID) -> Bool {
        guard let query = queries[taskId] else { return false }
        if query.held.map({ reading.number.isNewer(than: $0.number) }) ?? true { queries[taskId]?.held = reading }
        return true
    }

    /// - Parameter number: the number of the query's own reading; nil if it has none.
    /// - Returns: the reading of another bridge that was held back, if there is one.
    mutating func end(_ taskId: TaskID, _ number: ReadingNumber?) -> FleetReading? {
        guard var query = queries[taskId] else { return nil }
        if query.held?.number == number { query.held = nil }
        query.count -= 1
        queries[taskId] = query.count > 0 ? query : nil
        return query.count > 0 ? nil : query.held
    }
}
