package import CoverModel
package import CoverWatch

/// A watch table without an engine. The time is a number, and the test answers the queries.
package struct Simulation {
    package var table: WatchTable
    /// The budget; nil means no limit.
    private var budget: PollBudget?
    private var lastNumber: UInt64 = 0
    /// For each query in flight, its number.
    package private(set) var numbers: [UInt64: UInt64] = [:]
    package var now: Duration = .zero
    /// The queries in flight.
    package var underWay: [WatchTable.Query] = []

    package let start = Timestamp(milliseconds: 1_736_937_181_000)

    package var moment: ClockReading { ClockReading(now: now, wall: start.advanced(by: now)) }

    package init(rate: Double? = nil, maximumInFlight: Int = 1000, seed: UInt64 = 1) {
        var configuration = WatchEngine.Configuration()
        if let rate { budget = PollBudget(rate: rate, burst: max(1, rate / 10)) }
        configuration.maximumInFlight = maximumInFlight
        table = WatchTable(configuration: configuration, at: ClockReading(now: .zero, wall: start), seed: seed)
    }

    package mutating func watch(_ taskIds: [TaskID], interval: Duration, timeout: Duration? = nil) {
        let callNumber = table.nextCallNumber()
        _ = table.watch(taskIds, interval: interval, timeout: timeout, callNumber: callNumber, at: moment)
        table.activate(callNumber, of: taskIds, at: moment)
    }

    @discardableResult
    package mutating func tick() -> [WatchTable.Query] {
        let wanted = table.wanted(at: moment)
        var turns: Turns?
        if wanted > 0 { turns = budget?.take(wanted, now: now) ?? Turns(granted: wanted) }
        let queries = table.tick(at: moment, turns: turns)
        for query in queries { numbers[query.id] = nextNumber() }
        underWay += queries
        return queries
    }

    /// Returns the number for a query that is sent now.
    package mutating func nextNumber() -> UInt64 {
        lastNumber += 1
        return lastNumber
    }

    package mutating func read(_ query: WatchTable.Query, _ result: Result<CoverStatus, CoverError>) {
        underWay.removeAll { $0.id == query.id }
        table.reading(query.id, Reading(number: numbers.removeValue(forKey: query.id) ?? 0, result), at: moment)
    }

    /// Moves the time again and again to the moment at which the table wakes next, and answers every query at once.
    ///
    /// - Returns: the number of queries.
    package mutating func answerAll(
        until end: Duration,
        _ answer: (TaskID) -> Result<CoverStatus, CoverError> = { .success(.scripted($0, .pending)) }
    ) -> Int {
        var count = 0
        for query in underWay { read(query, answer(query.taskId)) }
        while true {
            for query in tick() {
                count += 1
                read(query, answer(query.taskId))
            }
            guard let wake = table.nextWake, wake <= end else { break }
            now = max(now, wake)
        }
        now = end
        return count
    }

    /// The events since the last call, in short form.
    package mutating func events() -> [String] {
        table.takeActions().compactMap { if case .emit(let event) = $0 { event.short } else { nil } }
    }
}
