import CoverModel
import Testing

@testable import CoverFleet

/// Tests slots on the bridge's own clock, and the order in which bridges get their turns.
@Suite struct FleetSlotTests {
    private func slot(in delay: Duration) -> FleetSlot {
        let claim = FleetClaim(taskId: nil, epoch: 1, fence: 1, generation: 0, isTrial: false, delay: delay)
        return FleetSlot(claim, calledAt: .seconds(100))
    }

    @Test func aSlotIsUsedInTimeOrNotAtAll() {
        var tolerance = FleetSlot.Tolerance()
        let slot = slot(in: .milliseconds(300))
        #expect(slot.use(at: .seconds(100), &tolerance) == .at(.milliseconds(100_300)))
        #expect(slot.use(at: .milliseconds(100_300), &tolerance) == .now)
        #expect(slot.use(at: .milliseconds(100_400), &tolerance) == .now)
        #expect(slot.use(at: .milliseconds(100_401), &tolerance) == .tooLate)
    }

    @Test func aSlowMachineMayBeLaterEachTime() {
        var tolerance = FleetSlot.Tolerance()
        let slot = slot(in: .zero)
        var given = 0
        while slot.use(at: .milliseconds(100_900), &tolerance) == .tooLate { given += 1 }
        #expect(given == 4)
        // The bridge has used a slot in time, so the tolerance has its first value again.
        #expect(slot.use(at: .milliseconds(100_200), &tolerance) == .tooLate)
        for _ in 0..<10 { _ = slot.use(at: .seconds(200), &tolerance) }
        #expect(slot.use(at: .milliseconds(101_100), &tolerance) == .tooLate)
    }

    @Test func allBridgesDrawTheSameJitterAndItSpreads() {
        let numbers = (0..<1000).map { ReadingNumber(epoch: 7, value: $0) }
        let chances = numbers.map { FleetSchedule.chance(of: "a", after: $0) }
        #expect(chances == numbers.map { FleetSchedule.chance(of: "a", after: $0) })
        #expect(chances.allSatisfy { (0..<1).contains($0) })
        #expect(chances.count { $0 < 0.5 } > 400)
        #expect(chances.count { $0 < 0.5 } < 600)
        #expect(FleetSchedule.chance(of: "b", after: numbers[0]) != chances[0])
    }

    @Test func theFirstBridgeDiffersFromTaskToTask() {
        let bridges = (1...8).map { FleetBridge.ID($0) }
        var first: [FleetBridge.ID: Int] = [:]
        for task in 0..<800 {
            let delays = bridges.map { FleetSchedule.delay(of: "task-\(task)", by: $0, among: bridges) }
            #expect(Set(delays).count == 8)
            #expect(delays.max() == FleetSchedule.longestDelay)
            let winner = delays.firstIndex(of: .zero).map { bridges[$0] }
            if let winner { first[winner, default: 0] += 1 }
        }
        #expect(first.values.allSatisfy { $0 > 50 })
        #expect(first.values.reduce(0, +) == 800)
        #expect(FleetSchedule.delay(of: "a", by: bridges[0], among: []) == .zero)
    }

    @Test(arguments: [
        (CoverError.Kind.rateLimited, "throttled"), (.maintenance, "throttled"), (.unreachable, "failed"),
        (.requestTimeout, "failed"), (.untrustedServer, "failed"), (.missingCredentials, "dropped"),
        (.shuttingDown, "dropped"), (.taskNotFound, "answered"), (.serverError, "answered"),
        (.unauthorized, "answered"),
        (.malformedResponse, "answered"),
    ])
    func outcomesAreSortedByTheBridgesThatTheyConcern(_ kind: CoverError.Kind, _ name: String) {
        let outcome = FleetOutcome(.failure(CoverError(kind, "so")))
        #expect("\(outcome)".hasPrefix(name))
    }
}
