import CoverModel
import TestSupport
import Testing

@testable import CoverWatch

/// Calls of `cover/watch` whose answers wait for other answers, because they are members of a batch.
@Suite struct PostponedWatchTests {
    private var simulation = Simulation()

    private mutating func call(timeout: Duration? = nil) -> UInt64 {
        let callNumber = simulation.table.nextCallNumber()
        let moment = simulation.moment
        _ = simulation.table.watch(["a"], interval: .seconds(1), timeout: timeout, callNumber: callNumber, at: moment)
        simulation.table.record(callNumber, of: ["a"])
        return callNumber
    }

    private mutating func postpone(_ callNumber: UInt64) {
        simulation.table.postpone(callNumber, of: ["a"], at: simulation.moment)
    }

    private mutating func activate(_ callNumber: UInt64) {
        simulation.table.activate(callNumber, of: ["a"], at: simulation.moment)
    }

    private mutating func wait() {
        _ = simulation.table.wait(for: "a", timeout: nil, at: simulation.moment)
    }

    private mutating func read(_ result: Result<CoverStatus, CoverError>) throws {
        try simulation.read(#require(simulation.tick().first), result)
    }

    /// The events, the ended waits and the ended syncs since the last call of this method, in order.
    private mutating func happened() -> [String] {
        simulation.table.takeActions().compactMap { action in
            switch action {
            case .emit(let event): event.short
            case .resume(_, .success(let status)): "waited: \(status.state.rawValue)"
            case .resume(_, .failure): "waited: failed"
            case .release: "synced"
            default: nil
            }
        }
    }

    @Test(arguments: [false, true])
    mutating func `a wait ends while the answer to the watch waits for it`(isWaitFirst: Bool) throws {
        if isWaitFirst { wait() }
        let callNumber = call()
        #expect(simulation.tick().isEmpty)
        postpone(callNumber)
        if !isWaitFirst { wait() }
        try read(.success(.scripted("a", .pending)))
        simulation.now += .seconds(2)
        try read(.success(.scripted("a", .succeeded)))
        #expect(happened() == ["waited: succeeded"])
        // A wait that comes later is answered too, without a further query.
        wait()
        #expect(happened() == ["waited: succeeded"])
        #expect(simulation.tick().isEmpty)
        activate(callNumber)
        #expect(happened() == ["1 a nil>succeeded!"])
        #expect(simulation.table.statistics(at: simulation.now).isEmpty)
    }

    @Test mutating func `a wait that comes after an error queries again`() throws {
        let callNumber = call()
        postpone(callNumber)
        wait()
        try read(.failure(CoverError(.unauthorized, "no")))
        #expect(happened() == ["waited: failed"])
        #expect(simulation.tick().isEmpty)
        wait()
        try read(.failure(CoverError(.unauthorized, "no")))
        #expect(happened() == ["waited: failed"])
        activate(callNumber)
        try read(.failure(CoverError(.unauthorized, "no")))
        #expect(happened() == ["1 a ended unauthorized"])
    }

    @Test mutating func `a change and the deadline wait for the answer`() throws {
        let callNumber = call(timeout: .seconds(5))
        postpone(callNumber)
        try read(.success(.scripted("a", .generating)))
        simulation.now = .seconds(6)
        simulation.tick()
        #expect(happened() == [])
        activate(callNumber)
        #expect(happened() == ["1 a nil>generating"])
        simulation.tick()
        #expect(happened() == ["2 a ended timeout"])
    }

    @Test mutating func `a sync waits for the first poll and not for the answer`() throws {
        let callNumber = call()
        _ = simulation.table.addBarrier(at: simulation.moment)
        simulation.table.settleBarriers(at: simulation.now)
        simulation.now += .seconds(1)
        postpone(callNumber)
        #expect(happened() == [])
        try read(.success(.scripted("a", .pending)))
        #expect(happened() == ["synced"])
        activate(callNumber)
        #expect(happened() == ["1 a nil>pending"])
    }

    @Test mutating func `an answered or cancelled call cannot be postponed`() {
        let (first, second) = (call(), call())
        simulation.table.rollback(first, of: ["a"], at: simulation.moment)
        simulation.table.rollback(second, of: ["a"], at: simulation.moment)
        postpone(first)
        #expect(simulation.tick().isEmpty)
        #expect(simulation.table.postponed.isEmpty)
    }
}
