package import CoverModel
package import CoverWatch

/// A table without an engine: time is a number, and queries are answered by hand.
package struct Simulation {
    package var table: WatchTable
    /// nil: without limit.
    private var budget: LookBudget?
    private var lastNumber: UInt64 = 0
    /// The numbers of the queries under way.
    package private(set) var numbers: [UInt64: UInt64] = [:]
    package var now: Duration = .zero
    /// Queries that are under way.
    package var underWay: [WatchTable.Probe] = []

    package let start = Timestamp(milliseconds: 1_736_937_181_000)

    package var moment: Moment { Moment(now: now, wall: start.advanced(by: now)) }

    package init(rate: Double? = nil, maximumInFlight: Int = 1000, seed: UInt64 = 1) {
        var configuration = WatchEngine.Configuration()
        if let rate { budget = LookBudget(rate: rate, burst: max(1, rate / 10)) }
        configuration.maximumInFlight = maximumInFlight
        table = WatchTable(configuration: configuration, at: Moment(now: .zero, wall: start), seed: seed)
    }

    package mutating func watch(_ taskIds: [TaskID], interval: Duration, timeout: Duration? = nil) {
        let receipt = table.nextReceipt()
        _ = table.watch(taskIds, interval: interval, timeout: timeout, receipt: receipt, at: moment)
        table.start(receipt, of: taskIds, at: moment)
    }

    @discardableResult
    package mutating func tick() -> [WatchTable.Probe] {
        let wanted = table.wanted(at: moment)
        var turns: Turns?
        if wanted > 0 { turns = budget?.take(wanted, now: now) ?? Turns(granted: wanted) }
        let probes = table.tick(at: moment, turns: turns)
        for probe in probes { numbers[probe.id] = nextNumber() }
        underWay += probes
        return probes
    }

    /// The number of a query that is sent now.
    package mutating func nextNumber() -> UInt64 {
        lastNumber += 1
        return lastNumber
    }

    package mutating func read(_ probe: WatchTable.Probe, _ result: Result<CoverStatus, CoverError>) {
        underWay.removeAll { $0.id == probe.id }
        table.reading(probe.id, Reading(number: numbers.removeValue(forKey: probe.id) ?? 0, result), at: moment)
    }

    /// Moves time from wake to wake and answers every query at once.
    /// - Returns: how many queries there were.
    package mutating func answerAll(
        until end: Duration,
        _ answer: (TaskID) -> Result<CoverStatus, CoverError> = { .success(.scripted($0, .pending)) }
    ) -> Int {
        var count = 0
        for probe in underWay { read(probe, answer(probe.taskId)) }
        while true {
            for probe in tick() {
                count += 1
                read(probe, answer(probe.taskId))
            }
            guard let wake = table.nextWake, wake <= end else { break }
            now = max(now, wake)
        }
        now = end
        return count
    }

    /// The events since the last call, in short.
    package mutating func events() -> [String] {
        table.takeActions().compactMap { if case .emit(let event) = $0 { event.short } else { nil } }
    }
}
