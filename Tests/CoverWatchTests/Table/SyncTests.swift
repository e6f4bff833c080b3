import CoverModel
import TestSupport
import Testing

@testable import CoverWatch

/// Tests a `cover/sync` that comes directly after a `cover/watch`.
@Suite struct SyncTests {
    private var simulation = Simulation()

    private mutating func call() -> UInt64 {
        let callNumber = simulation.table.nextCallNumber()
        let moment = simulation.moment
        _ = simulation.table.watch(["a"], interval: .seconds(30), timeout: nil, callNumber: callNumber, at: moment)
        return callNumber
    }

    private mutating func sync() {
        _ = simulation.table.addBarrier(at: simulation.moment)
        simulation.table.settleBarriers(at: simulation.moment.now)
    }

    /// The changes and the ended syncs since the last call of this method, in order.
    private mutating func happened() -> [String] {
        simulation.table.takeActions().compactMap { action in
            switch action {
            case .emit(.changed(let change)): change.status.state.rawValue
            case .release: "synced"
            default: nil
            }
        }
    }

    @Test mutating func `the sync ends after the first poll, however late the watch is answered`() throws {
        let callNumber = call()
        sync()
        simulation.now += .seconds(1)
        _ = simulation.tick()
        #expect(happened() == [])
        simulation.table.activate(callNumber, of: ["a"], at: simulation.moment)
        #expect(happened() == [])
        simulation.now += .milliseconds(1)
        let look = try #require(simulation.tick().first)
        #expect(happened() == [])
        simulation.read(look, .success(.scripted("a", .pending)))
        #expect(happened() == ["pending", "synced"])
    }

    @Test mutating func `a watch that is rolled back delays no sync`() {
        let callNumber = call()
        sync()
        #expect(happened() == [])
        simulation.table.rollback(callNumber, of: ["a"], at: simulation.moment)
        #expect(happened() == ["synced"])
    }

    @Test mutating func `a watch that is never answered holds up a sync for five seconds`() {
        _ = call()
        sync()
        #expect(simulation.table.nextWake == .seconds(5))
        simulation.now = .seconds(5)
        _ = simulation.tick()
        #expect(happened() == ["synced"])
    }

    @Test mutating func `a watch that comes later holds up no sync`() {
        sync()
        _ = call()
        #expect(happened() == ["synced"])
    }
}
