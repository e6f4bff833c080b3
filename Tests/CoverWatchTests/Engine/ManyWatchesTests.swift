import CoverModel
import CoverWatch
import Foundation
import TestSupport
import Testing

/// Tests very many watches that never end. To test the full size, set `COVER_WATCHES=100000 COVER_WATCH_SECONDS=3600`.
/// A release build then takes about a minute.
@Suite struct ManyWatchesTests {
    private static func number(_ name: String) -> Int? { ProcessInfo.processInfo.environment[name].flatMap(Int.init) }

    /// The resident memory of this process in bytes. The value is 0 if the system does not report it.
    private static func residentBytes() -> Int {
        guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else { return 0 }
        return (text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * sysconf(Int32(_SC_PAGESIZE))
    }

    /// The processor time of this process in seconds. POSIX says that `clock` counts microseconds.
    private static func processorSeconds() -> Double { Double(clock()) / 1_000_000 }

    @Test func memoryIsSmallAndFlat() async throws {
        let count = Self.number("COVER_WATCHES") ?? 2000
        let seconds = Self.number("COVER_WATCH_SECONDS") ?? 300
        var configuration = WatchEngine.Configuration.fast
        configuration.maximumInFlight = 1000
        let source = PendingStatusSource()
        try await RunningEngine(source, configuration: configuration, remembersEvents: false).run { test in
            try await test.watch("to warm up", interval: .seconds(30))
            let base = Self.residentBytes()
            let began = Self.processorSeconds()
            for start in stride(from: 0, to: count, by: 1000) {
                let ids = (start..<min(start + 1000, count)).map {
                    TaskID("21aee3c3c2a01fa5e030b3799fa4\(10_000_000 + $0)")
                }
                try await test.engine.watch(ids, interval: .seconds(30)).activate()
            }
            try await test.pass(.seconds(60), step: .seconds(1))
            let early = Self.residentBytes()
            try await test.pass(.seconds(seconds - 60), step: .seconds(1))
            let late = Self.residentBytes()
            let statistics = test.engine.statistics
            #expect(statistics.watches == count + 1)
            #expect(statistics.timers + statistics.inFlight == count + 1)
            #expect(statistics.changes == count + 1)
            #expect(statistics.polls >= count * seconds / 33)
            print(
                "PERF \(count) watches, \(seconds) s: \((early - base) / count) bytes a watch after a minute,",
                "\((late - base) / count) at the end, \(statistics.polls) polls,",
                "\(Int((Self.processorSeconds() - began) * 1e6 / Double(statistics.polls))) ms of CPU per 1,000"
            )
            // With few watches, the memory per watch is not visible, because the allocator still has free memory in
            // reserve.
            if count >= 50_000 {
                #expect((late - base) / count < 1024)
                #expect((late - early) / count < 64)
            }
        }
    }
}

/// Answers at once with the status of a task that has just been accepted. Each answer has new strings, as the answers
/// of a parser do.
private struct PendingStatusSource: StatusSource {
    func poll(_ taskId: TaskID, _: FleetFreshness) async throws -> Reading {
        var status = CoverStatus.scripted(TaskID(String(decoding: Array(taskId.text.utf8), as: UTF8.self)), .pending)
        status.parentTaskId = String(decoding: Array("73d6128b3523a0079df10da9471017c8".utf8), as: UTF8.self)
        status.callbackUrl = String(decoding: Array("https://api.example.com/callback".utf8), as: UTF8.self)
        status.createdAt = status.checkedAt
        return Reading(number: 0, .success(status))
    }
}
