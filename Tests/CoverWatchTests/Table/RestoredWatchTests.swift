import CoverModel
import TestSupport
import Testing

@testable import CoverWatch

/// What a table makes of the watches of an earlier process.
@Suite struct RestoredWatchTests {
    private static let start = Timestamp(milliseconds: 1_736_937_181_000)

    private static func table(_ record: WatchRecord) -> WatchTable {
        let moment = ClockReading(now: .zero, wall: start)
        return WatchTable(configuration: .init(), records: [record], at: moment, seed: 1)
    }

    @Test(arguments: [(50, 1000), (0, 1000), (-5000, 1000), (1000, 1000), (30_000, 30_000), (1 << 50, 86_400_000)])
    func `an interval outside of the limits becomes the nearest one inside`(stored: Int, expected: Int) {
        let record = WatchRecord(
            taskId: "a",
            interval: .milliseconds(stored),
            startedAt: Self.start,
            deadline: nil,
            last: nil
        )
        let watches = Self.table(record).watches(at: ClockReading(now: .zero, wall: Self.start))
        #expect(watches.map(\.interval) == [Double(expected) / 1000])
    }

    @Test func `a watch that began in the future has as much time as its call gave it`() {
        let year = Duration.seconds(365 * 86_400)
        let began = Self.start.advanced(by: year)
        let deadline = began.advanced(by: .seconds(8))
        var table = Self.table(
            WatchRecord(taskId: "a", interval: .seconds(1), startedAt: began, deadline: deadline, last: nil)
        )
        let watch = table.watches(at: ClockReading(now: .zero, wall: Self.start)).first
        #expect(watch?.startedAt == Self.start)
        #expect(watch?.deadline == Self.start.advanced(by: .seconds(8)))
        // The journal stores the new times. Otherwise each further crash would give the watch more time.
        let stored = table.takeActions().compactMap { if case .store(let record) = $0 { record.deadline } else { nil } }
        #expect(stored == [Self.start.advanced(by: .seconds(8))])
        _ = table.tick(at: ClockReading(now: .seconds(9), wall: Self.start.advanced(by: .seconds(9))), turns: nil)
        let events = table.takeActions().compactMap { if case .emit(let event) = $0 { event.short } else { nil } }
        #expect(events == ["1 a ended timeout"])
    }

    @Test func `a watch that began in the past keeps its times`() {
        let deadline = Self.start.advanced(by: .seconds(8))
        let began = Self.start.advanced(by: .seconds(-60))
        var table = Self.table(
            WatchRecord(taskId: "a", interval: .seconds(1), startedAt: began, deadline: deadline, last: nil)
        )
        let watch = table.watches(at: ClockReading(now: .zero, wall: Self.start)).first
        #expect(watch?.startedAt == began)
        #expect(watch?.deadline == deadline)
        #expect(table.takeActions().isEmpty)
    }
}
