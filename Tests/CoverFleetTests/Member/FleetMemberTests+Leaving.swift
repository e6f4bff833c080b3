import CoverModel
import Synchronization
import TestSupport
import Testing

@testable import CoverFleet

/// Tests how a bridge leaves its fleet, and what it does with errors that other bridges got.
extension FleetMemberTests {
    /// If the store is refused, the process ends and the bridge leaves. A paid order that waits must not be sent before
    /// the end.
    @Test(arguments: [true, false])
    func aBridgeThatLeavesMakesNoQueryThatWaited(isRefused: Bool) async throws {
        let clock = ManualClock()
        let bridge = FleetBridge(id: FleetBridge.ID(1), rate: 10, burst: 1, name: "one")
        let member = FleetMember(address: "memory", bridge: bridge, timeline: clock.timeline())
        let (events, queries) = (Count(), Count())
        member.onEvent { _ in events.add() }
        let poll = Task {
            _ = try await member.read("t", .own, isUrgent: true) {
                queries.add()
                return .success(.scripted("t", .pending))
            }
        }
        let order = Task {
            try await member.ask(isUrgent: true) {
                queries.add()
            } throttling: { _ in
                nil
            }
        }
        while member.state.withLock(\.arrivals.count) < 2 { await Task.yield() }
        if isRefused {
            await #expect(throws: FleetStoreError.self) {
                try await member.run { throw FleetStoreError(.unusable, "no store") }
            }
        }
        await member.leave()
        for _ in 0..<1000 { await Task.yield() }
        #expect(queries.value == 0 && events.value == 0)
        for task in [poll, order] {
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
        }
        #expect(queries.value == 0)
    }

    /// A process that ended while its store is being made would leave half a file.
    @Test func aBridgeThatLeavesWaitsForTheOpeningOfItsStore() async throws {
        let clock = ManualClock()
        let timeline = clock.timeline()
        let fleet = MemoryFleet { timeline.now }
        let bridge = FleetBridge(id: FleetBridge.ID(1), rate: 10, burst: 1, name: "one")
        let member = FleetMember(address: "memory", bridge: bridge, timeline: timeline)
        let (gate, hasLeft) = (Gate(), Count())
        let run = Task {
            try await member.run {
                await gate.pass()
                return fleet.store()
            }
        }
        await gate.waiters(atLeast: 1)
        let leaving = Task {
            await member.leave()
            hasLeft.add()
        }
        for _ in 0..<1000 { await Task.yield() }
        #expect(hasLeft.value == 0)
        gate.open()
        await leaving.value
        await #expect(throws: CancellationError.self) { try await run.value }
    }

    /// The query has a slot, and waits for the moment of the slot.
    @Test func aQueryWithASlotIsNotMadeOnceItsBridgeHasLeft() async throws {
        try await FleetRig.run(1, rate: 2, burst: 1) { rig in
            _ = try await rig.read("t", by: 0)
            let second = Task { try await rig.read("u", by: 0, isUrgent: true) }
            await rig.waits(1)
            await rig.members[0].leave()
            rig.clock.advance(by: .milliseconds(500))
            for _ in 0..<1000 { await Task.yield() }
            second.cancel()
            _ = await second.result
            #expect(rig.queries == ["0 t"])
        }
    }

    /// If a caller tries again, it must not get the error of its earlier try.
    @Test(arguments: [FleetFreshness.within(.seconds(60)), .newer(than: nil, orWithin: .seconds(30))])
    func anErrorIsNotGivenToALaterCall(_ freshness: FleetFreshness) async throws {
        try await FleetRig.run(2, burst: 10) { rig in
            let error = CoverError(.insufficientCredits, "no credits", httpStatus: 402)
            _ = try await rig.read("t", by: 0, freshness) { throw error }
            try await rig.pass(.seconds(2))
            #expect(try await rig.read("t", by: 1, freshness).result.get().state == .pending)
            #expect(rig.queries == ["0 t", "1 t"])
            _ = try await rig.read("t", by: 0, freshness)
            #expect(rig.queries == ["0 t", "1 t"])
        }
    }
}

/// Counts how often something happened.
private final class Count: Sendable {
    private let count = Mutex(0)

    var value: Int { count.withLock(\.self) }

    func add() { count.withLock { $0 += 1 } }
}
