import CoverModel
import CoverWatch
import TestSupport
import Testing

/// The effect of a cancelled call of `cover/watch`, alone and together with other calls.
@Suite struct PendingWatchTests {
    private struct Call {
        let callNumber: UInt64
        let seconds: Int
    }

    private var simulation = Simulation()

    private mutating func call(_ seconds: Int, isPersistent: Bool = true, begins: Bool = true) -> Call {
        let callNumber = simulation.table.nextCallNumber()
        _ = simulation.table.watch(
            ["a"],
            interval: .seconds(seconds),
            timeout: .seconds(seconds * 100),
            isPersistent: isPersistent,
            callNumber: callNumber,
            at: simulation.moment
        )
        if begins { simulation.table.record(callNumber, of: ["a"]) }
        return Call(callNumber: callNumber, seconds: seconds)
    }

    private mutating func answer(_ call: Call) {
        simulation.table.activate(call.callNumber, of: ["a"], at: simulation.moment)
    }

    private mutating func takeBack(_ call: Call) {
        simulation.table.rollback(call.callNumber, of: ["a"], at: simulation.moment)
    }

    /// For each watch of the table, its interval and its deadline in seconds.
    private func terms() -> [Double] {
        simulation.table.watches(at: simulation.moment).flatMap { watch in
            [watch.interval, watch.deadline.map { simulation.start.duration(to: $0).inSeconds } ?? 0]
        }
    }

    /// The same two values for the watch that the journal stores. The list is empty if the journal stores no watch.
    private mutating func kept() -> [Double] {
        var kept: [Double] = []
        for action in simulation.table.takeActions() {
            switch action {
            case .store(let record):
                kept = [record.interval.inSeconds]
                kept += [record.deadline.map { simulation.start.duration(to: $0).inSeconds } ?? 0]
            case .forget: kept = []
            default: break
            }
        }
        return kept
    }

    @Test mutating func `what it made is gone, what it changed is as before`() {
        let first = call(30)
        answer(first)
        #expect(terms() == [30, 3000])
        let second = call(5)
        #expect(terms() == [5, 500])
        takeBack(second)
        #expect(terms() == [30, 3000])
        #expect(kept() == [30, 3000])
        // The rollback has set the earlier deadline again, so the watch does not end after 500 seconds.
        simulation.now = .seconds(501)
        simulation.tick()
        #expect(simulation.table.isWatched("a"))
        simulation.now = .seconds(3001)
        simulation.tick()
        #expect(!simulation.table.isWatched("a"))
        let third = call(7)
        takeBack(third)
        #expect(terms().isEmpty)
        #expect(kept().isEmpty)
        #expect(simulation.table.statistics(at: simulation.now).timers == 0)
    }

    @Test mutating func `a cancelled call leaves what a later call asked for`() {
        let (first, second) = (call(30), call(5))
        takeBack(first)
        #expect(terms() == [5, 500])
        #expect(kept() == [5, 500])
        #expect(simulation.tick().isEmpty)
        answer(second)
        #expect(simulation.tick().count == 1)
    }

    @Test mutating func `calls cancelled in any order leave the last remaining one`() {
        answer(call(30))
        let (first, second, third) = (call(3), call(4), call(5))
        takeBack(second)
        #expect(terms() == [5, 500])
        takeBack(third)
        #expect(terms() == [3, 300])
        takeBack(first)
        #expect(terms() == [30, 3000])
        #expect(kept() == [30, 3000])
    }

    @Test mutating func `an answered call is no longer undone by one before it`() {
        let (first, second) = (call(30), call(5))
        answer(second)
        takeBack(first)
        #expect(terms() == [5, 500])
        takeBack(second)
        #expect(terms() == [5, 500])
    }

    /// The journal does not store the watch of a subscription. A later call may make this watch persistent. When that
    /// call is undone, the journal stops storing the watch.
    @Test mutating func `a watch that was not persistent is not persistent again`() {
        answer(call(30, isPersistent: false))
        let second = call(5)
        #expect(kept() == [5, 500])
        takeBack(second)
        #expect(kept().isEmpty)
        #expect(terms() == [30, 3000])
    }

    @Test mutating func `a call whose work has not begun does not reach the journal`() {
        answer(call(30))
        #expect(kept() == [30, 3000])
        let second = call(5, begins: false)
        #expect(terms() == [5, 500])
        #expect(simulation.table.takeActions().isEmpty)
        let third = call(7)
        #expect(kept() == [7, 700])
        takeBack(third)
        #expect(terms() == [5, 500])
        #expect(kept() == [30, 3000])
        simulation.table.record(second.callNumber, of: ["a"])
        #expect(kept() == [5, 500])
    }

    @Test mutating func `the next poll follows the current interval`() throws {
        answer(call(30))
        try simulation.read(#require(simulation.tick().first), .success(.scripted("a", .pending)))
        let next = { (simulation: Simulation) in simulation.table.watches(at: simulation.moment).first?.nextCheckAt }
        let second = call(5)
        #expect(next(simulation) == simulation.start.advanced(by: .seconds(5)))
        takeBack(second)
        #expect(next(simulation) == simulation.start.advanced(by: .seconds(30)))
        simulation.now = .seconds(29)
        #expect(simulation.tick().isEmpty)
        answer(call(100))
        #expect(next(simulation) == simulation.start.advanced(by: .seconds(100)))
        simulation.now = .seconds(99)
        #expect(simulation.tick().isEmpty)
        simulation.now = .seconds(100)
        #expect(simulation.tick().count == 1)
    }

    /// After a success without images, the table polls early, whatever the interval is.
    @Test mutating func `a longer interval does not delay an early poll`() throws {
        answer(call(1))
        try simulation.read(#require(simulation.tick().first), .success(.scripted("a", .succeeded, images: [])))
        answer(call(100))
        simulation.now = .seconds(3)
        #expect(simulation.tick().count == 1)
    }

    /// A second watcher gets the status in the answer to its call. The table emits later changes after that answer.
    @Test mutating func `a change waits for the answer, also for a watch of another call`() throws {
        answer(call(30))
        let query = try #require(simulation.tick().first)
        let second = call(5)
        simulation.read(query, .success(.scripted("a", .generating)))
        #expect(simulation.events().isEmpty)
        answer(second)
        #expect(simulation.events() == ["1 a nil>generating"])
        let third = call(5)
        simulation.now += .seconds(10)
        try simulation.read(#require(simulation.tick().first), .success(.scripted("a", .succeeded)))
        #expect(simulation.events().isEmpty)
        takeBack(third)
        #expect(simulation.events() == ["2 a generating>succeeded!"])
        #expect(simulation.table.statistics(at: simulation.now).isEmpty)
    }

    @Test mutating func `an end waits for the answer too`() throws {
        answer(call(30))
        let query = try #require(simulation.tick().first)
        let second = call(5)
        simulation.read(query, .failure(CoverError(.unauthorized, "no")))
        #expect(simulation.events().isEmpty)
        answer(second)
        try simulation.read(#require(simulation.tick().first), .failure(CoverError(.unauthorized, "no")))
        #expect(simulation.events() == ["1 a ended unauthorized"])
    }
}
