import CoverFleet
import CoverModel
import Synchronization
import TestSupport
import Testing

/// Tests bridges whose store does not answer for a while.
extension FleetMemberTests {
    @Test func aBridgeWithoutItsStoreContinuesAloneAndReportsItOnce() async throws {
        try await FleetRig.run(2, expected: 4) { rig in
            _ = try await rig.read("t", by: 0)
            rig.fleet.isAway = true
            let result = try await rig.read("u", by: 0)
            #expect(result.shared == nil)
            #expect(rig.queries == ["0 t", "0 u"])
            // Four bridges are expected, and they share ten queries per second.
            #expect(rig.events(of: 0).suffix(1) == ["alone 2.5"])
            try await rig.pass(.seconds(4))
            #expect(rig.events(of: 0).suffix(2) == ["alone 2.5", "degraded"])
            #expect(rig.members[0].statistics.state == .away)
            rig.fleet.isAway = false
            try await rig.pass(.seconds(1))
            #expect(rig.events(of: 0).filter { $0 == "together" }.count == 1)
            #expect(rig.members[0].statistics.state == .present)
        }
    }

    /// Each bridge may have many queries that wait. If all of them were sent at once, they would exceed the bridge's
    /// share of the rate.
    @Test func queriesThatWaitWhenTheStoreIsLostNeedNewTurns() async throws {
        let gate = Gate()
        try await FleetRig.run(2, burst: 10) { rig in
            let first = Task { try await rig.read("t", by: 0) { await gate.pass() } }
            await gate.waiters(atLeast: 1)
            // One query waits for the claim of another bridge. Two queries find that the store is gone.
            let second = Task { try await rig.read("t", by: 1, isUrgent: true) }
            await rig.waits(1)
            rig.fleet.isAway = true
            _ = try await rig.read("u", by: 1)
            _ = try await second.value
            try await rig.ask(by: 0)
            #expect(rig.voids.sorted() == ["0 -", "1 t", "1 u"])
            // The bridge sends later queries from its own share of the rate, so there is no further void turn.
            _ = try await rig.read("v", by: 1)
            try await rig.ask(by: 1)
            #expect(rig.voids.count == 3)
            gate.open()
            _ = try await first.value
        }
    }

    /// A bridge that stays alone after the store is back uses its share, while the others use the whole rate.
    @Test func aBridgeIsBackSoonAfterItsStore() async throws {
        try await FleetRig.run(2) { rig in
            rig.fleet.isAway = true
            _ = try await rig.read("t", by: 0)
            rig.fleet.isAway = false
            await rig.waits(0)
            rig.clock.advance(by: FleetLimits.retry)
            await rig.waits(0)
            #expect(rig.events(of: 0).suffix(2) == ["alone 5.0", "together"])
            #expect(rig.members[0].statistics.state == .present)
        }
    }

    /// The heartbeats succeed, and each query finds the same fault. Without longer waits, the bridge would leave and
    /// return four times a second.
    @Test func aFaultThatTheHeartbeatDoesNotMeetMakesReturnsRare() async throws {
        try await FleetRig.run(1) { rig in
            rig.refusing.withLock { $0 = true }
            for _ in 0..<80 {
                _ = try await rig.read("t", by: 0)
                await rig.waits(0)
                rig.clock.advance(by: FleetLimits.retry)
                await rig.waits(0)
            }
            // The bridge returns after 0.25, 0.5, 1, 2 and 4 s, and then every 4 s.
            #expect((5...8).contains(rig.events(of: 0).count { $0 == "together" }), "\(rig.events(of: 0))")
            rig.refusing.withLock { $0 = false }
            try await rig.pass(.seconds(5))
            #expect(rig.members[0].statistics.state == .present)
        }
    }

    @Test func aShortAbsenceIsNotReported() async throws {
        try await FleetRig.run(1) { rig in
            _ = try await rig.read("t", by: 0)
            rig.fleet.isAway = true
            _ = try await rig.read("u", by: 0)
            rig.fleet.isAway = false
            try await rig.pass(.seconds(2))
            #expect(!rig.events(of: 0).contains("degraded"))
            #expect(rig.events(of: 0).suffix(1) == ["together"])
        }
    }

    /// If the bridge did not end the claim later, the claim would be valid as long as the bridge lives.
    @Test func aClaimThatCouldNotBeEndedIsEndedWhenTheStoreIsBack() async throws {
        try await FleetRig.run(2, burst: 10) { rig in
            _ = try await rig.read("t", by: 0) { rig.fleet.isAway = true }
            #expect(rig.outcomes.isEmpty)
            rig.fleet.isAway = false
            try await rig.pass(.seconds(2))
            #expect(rig.outcomes == ["t dropped"])
            _ = try await rig.read("t", by: 1)
            #expect(rig.queries == ["0 t", "1 t"])
        }
    }
}
