import CoverModel
import CoverWatch
import TestSupport
import Testing

@Suite struct SchedulingTests {
    @Test(arguments: [true, false]) func theJournalStoresPersistentWatches(_ isPersistent: Bool) {
        var simulation = Simulation(seed: 1)
        let (callNumber, moment) = (simulation.table.nextCallNumber(), simulation.moment)
        _ = simulation.table.watch(
            ["a"],
            interval: .seconds(1),
            timeout: nil,
            isPersistent: isPersistent,
            callNumber: callNumber,
            at: moment
        )
        simulation.table.noteFinals(["a": .scripted("a", .succeeded)], callNumber)
        simulation.table.record(callNumber, of: ["a"])
        let stored = simulation.table.takeActions().count { if case .store = $0 { true } else { false } }
        #expect(stored == (isPersistent ? 1 : 0))
    }

    /// The task behaves like `success-3s` of the sandbox. The test uses a hundred seeds, so it sees a hundred different
    /// jitters.
    @Test(arguments: 1...100 as ClosedRange<UInt64>) func aQuickTaskIsSeenInEveryState(_ seed: UInt64) {
        var simulation = Simulation(seed: seed)
        simulation.watch(["a"], interval: .seconds(1))
        while simulation.table.nextWake != nil, simulation.now < .seconds(10) {
            let now = simulation.now
            let state: CoverState = now < .seconds(1) ? .pending : now < .seconds(3) ? .generating : .succeeded
            for query in simulation.tick() { simulation.read(query, .success(.scripted("a", state))) }
            simulation.now = simulation.table.nextWake ?? now
        }
        #expect(
            simulation.events() == ["1 a nil>pending", "2 a pending>generating", "3 a generating>succeeded!"],
            "seed \(seed)"
        )
    }

    @Test func repeatedQueriesComeTogetherAndNotLate() {
        var simulation = Simulation(maximumInFlight: 1000)
        simulation.watch((0..<1000).map { "task \($0)" }, interval: .seconds(2))
        for query in simulation.tick() { simulation.read(query, .success(.scripted(query.taskId, .pending))) }
        var sizes: [Int] = []
        while let wake = simulation.table.nextWake, wake < .milliseconds(2200) {
            #expect(wake.wholeMilliseconds % 8 == 0 && wake == .milliseconds(wake.wholeMilliseconds))
            simulation.now = wake
            sizes.append(simulation.tick().count)
        }
        // 0.4 s have 50 beats, each with 20 queries on average.
        #expect((48...51).contains(sizes.count))
        #expect(sizes.reduce(0, +) >= 980)
    }

    @Test func queriesSoonAfterOthersWaitForTheBeat() {
        var simulation = Simulation()
        simulation.now = .milliseconds(3)
        simulation.watch(["a"], interval: .seconds(2))
        #expect(simulation.tick().count == 1)
        simulation.now = .milliseconds(5)
        simulation.watch(["b"], interval: .seconds(2))
        #expect(simulation.table.nextWake == .milliseconds(8))
    }

    @Test func aThousandAtOnceAreSpread() {
        var simulation = Simulation(rate: 10)
        simulation.watch((0..<1000).map { "task \($0)" }, interval: .seconds(30))
        #expect(simulation.answerAll(until: .zero) == 1)
        for second in 1...200 {
            #expect((9...11).contains(simulation.answerAll(until: .seconds(second))))
        }
    }

    @Test func intervalsStretchFairlyUnderOverload() throws {
        var simulation = Simulation(rate: 10)
        let ids = (0..<600).map { TaskID("task \($0)") }
        simulation.watch(ids, interval: .seconds(30))
        _ = simulation.answerAll(until: .seconds(600))
        let checks = simulation.table.watches(at: simulation.moment).map(\.checks)
        // In 600 s at 10 queries per second, 600 tasks share 6,000 queries.
        #expect(try #require(checks.min()) >= 9)
        #expect(try #require(checks.max()) <= 11)
        #expect(simulation.table.statistics(at: simulation.now).lag > 20)
        // A new watch is polled before the other watches have all had their turn.
        simulation.watch(["new"], interval: .seconds(30))
        _ = simulation.answerAll(until: .seconds(601))
        #expect(simulation.table.watches(at: simulation.moment).last?.checks == 1)
    }

    @Test func queriesUnderWayAreBounded() {
        var simulation = Simulation(maximumInFlight: 3)
        simulation.watch(["a", "b", "c", "d", "e"], interval: .seconds(30))
        #expect(simulation.tick().map(\.taskId) == ["a", "b", "c"])
        #expect(simulation.tick().isEmpty)
        #expect(simulation.table.nextWake == nil)
        simulation.read(simulation.underWay[1], .success(.scripted("b", .pending)))
        #expect(simulation.tick().map(\.taskId) == ["d"])
    }

    @Test func withoutWatchesTheEngineDoesNotWake() {
        var simulation = Simulation()
        #expect(simulation.table.nextWake == nil)
        simulation.watch(["a"], interval: .seconds(30), timeout: .seconds(100))
        #expect(simulation.table.nextWake != nil)
        #expect(simulation.table.unwatch(["a"], at: simulation.now) == ["a"])
        #expect(simulation.table.nextWake == nil)
        #expect(simulation.table.statistics(at: simulation.now).isEmpty)
    }

    @Test func aShorterIntervalTakesEffectAtOnce() {
        var simulation = Simulation()
        simulation.watch(["a"], interval: .seconds(3600))
        #expect(simulation.answerAll(until: .seconds(10)) == 1)
        simulation.watch(["a"], interval: .seconds(15))
        #expect(simulation.answerAll(until: .seconds(16)) == 1)
        #expect(simulation.table.watches(at: simulation.moment).map(\.interval) == [15])
    }

    @Test func aLongSleepCausesNoFlood() {
        var simulation = Simulation(rate: 10)
        simulation.watch((0..<20).map { "task \($0)" }, interval: .seconds(30), timeout: .seconds(86_400))
        #expect(simulation.answerAll(until: .seconds(60)) > 20)
        // The machine has slept for six hours. Afterwards each task is polled once, not all at the same time, and then
        // as before.
        simulation.now += .seconds(6 * 3600)
        #expect(simulation.tick().count == 1)
        #expect((25...40).contains(simulation.answerAll(until: simulation.now + .seconds(31)) + 1))
        simulation.now += .seconds(86_400)
        simulation.tick()
        #expect(simulation.table.statistics(at: simulation.now).watches == 0)
    }

    @Test func theWallClockMayJump() {
        var simulation = Simulation()
        simulation.watch(["a"], interval: .seconds(30), timeout: .seconds(100))
        _ = simulation.answerAll(until: .seconds(50))
        let year = Duration.seconds(365 * 86_400)
        _ = simulation.table.tick(
            at: ClockReading(now: .seconds(99), wall: simulation.moment.wall.advanced(by: year)),
            turns: nil
        )
        #expect(simulation.table.isWatched("a"))
        _ = simulation.table.tick(
            at: ClockReading(now: .seconds(100), wall: simulation.moment.wall.advanced(by: .zero - year)),
            turns: nil
        )
        #expect(!simulation.table.isWatched("a"))
    }

    @Test func deadlinesEndWatchesEvenWhileAQueryIsUnderWay() {
        var simulation = Simulation()
        simulation.watch(["a"], interval: .seconds(1), timeout: .seconds(5))
        simulation.tick()
        simulation.now = .seconds(5)
        simulation.tick()
        #expect(simulation.events() == ["1 a ended timeout"])
        simulation.read(simulation.underWay[0], .success(.scripted("a", .succeeded)))
        #expect(simulation.events().isEmpty)
        #expect(simulation.table.statistics(at: simulation.now).isEmpty)
    }

    @Test func aHeapKeepsOrderUnderRandomUse() {
        var heap = TimerHeapProbe(seed: 42)
        for _ in 0..<20_000 {
            let agrees = heap.step()
            #expect(agrees)
        }
    }
}
