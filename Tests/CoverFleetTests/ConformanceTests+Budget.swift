import CoverModel
import TestSupport
import Testing

@testable import CoverFleet

/// Tests of the budget and of the order of the queries.
extension ConformanceTests {
    @Test(arguments: StoreKind.allCases)
    func allBridgesShareOneBudget(_ kind: StoreKind) async throws {
        let fleet = try kind.fleet()
        let (one, two) = (try await fleet.bridge(1, rate: 10, burst: 2), try await fleet.bridge(2, rate: 10, burst: 2))
        #expect(try await one.look("a").claim?.delay == .zero)
        #expect(try await two.take(.interactive).claim?.delay == .zero)
        // The burst is used up, so the slots are 100 ms apart from now on.
        #expect(try await one.look("b").claim?.delay == .milliseconds(100))
        #expect(try await two.look("c").claim?.delay == .milliseconds(200))
        let wait = try #require(try await one.look("d").wait)
        #expect(wait.reason == .budget)
        #expect(wait.delay == .milliseconds(50))
        // The store defers the next query that waits by one more slot.
        #expect(try await two.look("e").wait == FleetWait(.budget, .milliseconds(150)))
        fleet.time.advance(by: .milliseconds(50))
        #expect(try await one.look("d").claim?.delay == .milliseconds(250))
    }

    @Test(arguments: StoreKind.allCases)
    func theLowestRateHolds(_ kind: StoreKind) async throws {
        let fleet = try kind.fleet()
        let fast = try await fleet.bridge(1, rate: 100, burst: 1)
        #expect(try await fast.take(.interactive).claim?.delay == .zero)
        #expect(try await fast.take(.interactive).claim?.delay == .milliseconds(10))
        let slow = try await fleet.bridge(2, rate: 0.0001, burst: 1)
        let view = try await slow.beat()
        #expect(view.rate == 1.0 / 60)
        #expect(view.highestRate == 100)
        fleet.time.advance(by: .seconds(1))
        _ = try await fast.beat()
        #expect(try await fast.take(.interactive).claim != nil)
        let wait = try #require(try await fast.take(.interactive).wait)
        #expect(wait == FleetWait(.budget, FleetLimits.longestWait))
        // The slow bridge leaves, so its low rate no longer counts.
        try await slow.leave()
        fleet.time.advance(by: .seconds(1))
        #expect(try await fast.take(.interactive).claim != nil)
    }

    @Test(arguments: StoreKind.allCases)
    func interactiveQueriesGoFirstAndBackgroundGetsOneInFive(_ kind: StoreKind) async throws {
        let fleet = try kind.fleet()
        let (one, two) = (try await fleet.bridge(1, rate: 10, burst: 1), try await fleet.bridge(2, rate: 10, burst: 1))
        var granted: [FleetUrgency] = []
        // Interactive queries and background queries together always want more than the budget allows.
        for step in 0..<400 {
            let urgencies: [FleetUrgency] =
                step.isMultiple(of: 2) ? [.interactive, .background] : [.background, .interactive]
            for urgency in urgencies {
                let bridge = urgency == .interactive ? one : two
                if try await bridge.take(urgency).claim != nil { granted.append(urgency) }
            }
            fleet.time.advance(by: .milliseconds(50))
        }
        let settled = granted.dropFirst(20)
        let share = Double(settled.count { $0 == .background }) / Double(settled.count)
        #expect(share >= 0.19)
        #expect(share <= 0.3)
        #expect(granted.count >= 195)
        #expect(granted.count <= 212)
    }

    /// While interactive queries wait, background queries get only one slot in five, even if a slot is free.
    @Test(arguments: StoreKind.allCases)
    func backgroundQueriesLeaveFreeSlotsToWaitingInteractiveOnes(_ kind: StoreKind) async throws {
        let fleet = try kind.fleet()
        let one = try await fleet.bridge(1, rate: 10, burst: 1)
        for _ in 0...10 { #expect(try await one.take(.interactive).claim != nil) }
        for _ in 0..<20 { #expect(try await one.take(.interactive).wait?.reason == .budget) }
        fleet.time.advance(by: .milliseconds(900))
        #expect(try await one.take(.background).claim?.delay == .milliseconds(200), "the one in five")
        fleet.time.advance(by: .milliseconds(100))
        #expect(try await one.take(.background).wait?.reason == .budget)
        #expect(try await one.take(.interactive).claim?.delay == .milliseconds(200), "the slot was free")
    }

    /// No window of time has more slots than the rate and one burst allow.
    @Test(arguments: StoreKind.allCases, [1, 2, 3] as [UInt64])
    func noWindowHasMoreSlotsThanTheBudget(_ kind: StoreKind, seed: UInt64) async throws {
        let fleet = try kind.fleet()
        var random = SeededGenerator(seed: seed)
        let (rate, burst) = (
            Double(Int.random(in: 2...50, using: &random)), Double(Int.random(in: 1...8, using: &random))
        )
        let bridges = [
            try await fleet.bridge(1, rate: rate, burst: burst), try await fleet.bridge(2, rate: rate, burst: burst),
        ]
        var slots: [Duration] = []
        for _ in 0..<150 {
            let bridge = bridges[Int.random(in: 0...1, using: &random)]
            let turn = try await bridge.take(Bool.random(using: &random) ? .interactive : .background)
            if let claim = turn.claim {
                #expect(claim.delay <= FleetLimits.horizon)
                slots.append(fleet.time.now + claim.delay)
            }
            if Bool.random(using: &random) {
                fleet.time.advance(by: .milliseconds(Int.random(in: 0...120, using: &random)))
            }
        }
        slots.sort()
        for first in slots.indices {
            for last in slots.indices[first...] {
                let room = rate * (slots[last] - slots[first]).inSeconds + burst
                #expect(Double(last - first + 1) <= room + 1e-6)
            }
        }
    }

    @Test(arguments: StoreKind.allCases)
    func aClockThatStepsBackFreezesNoBudget(_ kind: StoreKind) async throws {
        let fleet = try kind.fleet()
        let bridge = try await fleet.bridge(1, rate: 1, burst: 2)
        for _ in 0..<4 { _ = try await bridge.take(.interactive) }
        fleet.time.advance(by: .seconds(-86_400))
        #expect(try await bridge.take(.interactive).wait?.reason == .budget)
        fleet.time.advance(by: .seconds(3))
        #expect(try await bridge.take(.interactive).claim != nil)
    }
}
