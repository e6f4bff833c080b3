import CoverAPI
import CoverWatch
import TestSupport

/// A table without an engine: time is a number, and queries are answered by hand.
struct Simulation {
    var table: WatchTable
    var now: Duration = .zero
    /// Queries that are under way.
    var underWay: [WatchTable.Probe] = []

    let start = Timestamp(milliseconds: 1_736_937_181_000)

    var moment: Moment { Moment(now: now, wall: start.advanced(by: now)) }

    init(rate: Double = .infinity, maximumInFlight: Int = 1000, seed: UInt64 = 1) {
        var configuration = WatchEngine.Configuration()
        configuration.rate = rate
        configuration.maximumInFlight = maximumInFlight
        table = WatchTable(configuration: configuration, at: Moment(now: .zero, wall: start), seed: seed)
    }

    mutating func watch(_ taskIds: [TaskID], interval: Duration, timeout: Duration? = nil) {
        let receipt = table.nextReceipt()
        _ = table.watch(taskIds, interval: interval, timeout: timeout, receipt: receipt, at: moment)
        table.start(receipt, of: taskIds, at: moment)
    }

    @discardableResult
    mutating func tick() -> [WatchTable.Probe] {
        let probes = table.tick(at: moment)
        underWay += probes
        return probes
    }

    mutating func read(_ probe: WatchTable.Probe, _ result: Result<CoverStatus, CoverError>) {
        underWay.removeAll { $0.id == probe.id }
        table.reading(probe.id, result, at: moment)
    }

    /// Moves time from wake to wake and answers every query at once.
    /// - Returns: how many queries there were.
    mutating func answerAll(
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
    mutating func events() -> [String] {
        table.takeActions().compactMap { if case .emit(let event) = $0 { event.short } else { nil } }
    }
}
