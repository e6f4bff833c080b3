import CoverModel
import TestSupport
import Testing

@testable import CoverFleet

/// Tests of claims, and of what makes claims void.
extension ConformanceTests {
    @Test(arguments: StoreKind.allCases)
    func oneBridgeAtATimeQueriesATask(_ kind: StoreKind) async throws {
        let fleet = try kind.fleet()
        let (one, two) = (try await fleet.bridge(1), try await fleet.bridge(2))
        let claim = try #require(try await one.look("a").claim)
        let wait = try #require(try await two.look("a").wait)
        #expect(wait.reason == .claimed)
        #expect(wait.delay == FleetLimits.silence)
        #expect(try await two.look("b").claim != nil)
        _ = try await one.finish(claim, .dropped)
        #expect(try await two.look("a").claim != nil)
    }

    @Test(arguments: StoreKind.allCases, [FleetUrgency.background, .interactive])
    func theClaimOfASilentBridgeIsVoid(_ kind: StoreKind, _ urgency: FleetUrgency) async throws {
        let silence: Duration = urgency == .interactive ? .seconds(2) : .seconds(5)
        let fleet = try kind.fleet()
        let (one, two) = (try await fleet.bridge(1), try await fleet.bridge(2))
        let claim = try #require(try await one.look("a").claim)
        fleet.time.advance(by: silence - .milliseconds(1))
        #expect(try await two.look("a", urgency).wait == FleetWait(.claimed, .milliseconds(1)))
        fleet.time.advance(by: .milliseconds(1))
        let taken = try #require(try await two.look("a", urgency).claim)

        // The first bridge was stopped and now continues. Its claim is void, so its reading does not become the newest
        // reading.
        let late = try await one.finish(claim, FleetOutcome(.success(.scripted("a", .pending))))
        #expect(late.number == nil)
        #expect(try await one.look("a").wait?.reason == .claimed)
        let receipt = try await two.finish(taken, FleetOutcome(.success(.scripted("a", .succeeded))))
        #expect(try await one.look("a").reading?.number == receipt.number)
    }

    @Test(arguments: StoreKind.allCases)
    func aBridgeWithHeartbeatsKeepsItsClaimDuringAQuery(_ kind: StoreKind) async throws {
        let fleet = try kind.fleet()
        let (one, two) = (try await fleet.bridge(1), try await fleet.bridge(2))
        _ = try await one.look("a")
        for _ in 0..<89 {
            fleet.time.advance(by: .seconds(1))
            _ = try await one.beat()
        }
        #expect(try await two.look("a").wait == FleetWait(.claimed, .seconds(1)))
        fleet.time.advance(by: .seconds(1))
        #expect(try await two.look("a").claim != nil)
    }

    @Test(arguments: StoreKind.allCases)
    func aBridgeThatLeavesGivesUpItsClaims(_ kind: StoreKind) async throws {
        let fleet = try kind.fleet()
        let (one, two) = (try await fleet.bridge(1), try await fleet.bridge(2))
        _ = try await one.look("a")
        #expect(try await two.beat().bridges == [.init(1), .init(2)])
        try await one.leave()
        #expect(try await two.look("a").claim != nil)
        #expect(try await two.beat().bridges == [.init(2)])
    }

    @Test(arguments: StoreKind.allCases)
    func aBridgeReplacesItsOwnClaim(_ kind: StoreKind) async throws {
        let fleet = try kind.fleet()
        let one = try await fleet.bridge(1)
        let first = try #require(try await one.look("a").claim)
        let second = try #require(try await one.look("a").claim)
        #expect(second.fence > first.fence)
        #expect(try await one.finish(first, FleetOutcome(.success(.scripted("a", .pending)))).number == nil)
        #expect(try await one.finish(second, FleetOutcome(.success(.scripted("a", .pending)))).number != nil)
    }

    @Test(arguments: StoreKind.allCases)
    func aResetRevivesNoClaimAndNoNumber(_ kind: StoreKind) async throws {
        let fleet = try kind.fleet()
        let (one, two) = (try await fleet.bridge(1), try await fleet.bridge(2))
        let number = try #require(try await one.read("a", .success(.scripted("a", .pending)))?.number)
        let claim = try #require(try await one.look("a", after: number).claim)
        try await fleet.flush()

        let taken = try #require(try await two.look("a", after: number).claim)
        #expect(taken.epoch != claim.epoch)
        #expect(try await one.finish(claim, FleetOutcome(.success(.scripted("a", .succeeded)))).number == nil)
        #expect(try await one.look("a", after: number).wait?.reason == .claimed)
        let receipt = try await two.finish(taken, FleetOutcome(.success(.scripted("a", .generating))))
        // The number of a reading from an earlier epoch has no meaning in this epoch.
        #expect(try await one.look("a", after: number).reading?.number == receipt.number)
        #expect(try await one.beat().bridges == [.init(1), .init(2)])
    }

    /// In each epoch of the store, the numbers of claims (fences) begin again.
    @Test(arguments: StoreKind.allCases)
    func aClaimOfAnEarlierEpochIsVoidEvenWithTheSameFence(_ kind: StoreKind) async throws {
        let fleet = try kind.fleet()
        let (one, two) = (try await fleet.bridge(1), try await fleet.bridge(2))
        let claim = try #require(try await one.look("a").claim)
        try await fleet.flush()
        let taken = try #require(try await two.look("a").claim)
        #expect(taken.fence == claim.fence)
        #expect(try await one.finish(claim, FleetOutcome(.success(.scripted("a", .pending)))).number == nil)
        #expect(try await two.finish(taken, FleetOutcome(.success(.scripted("a", .pending)))).number != nil)
    }

    @Test(arguments: StoreKind.allCases)
    func aClockThatStepsBackFreezesNoClaim(_ kind: StoreKind) async throws {
        let fleet = try kind.fleet()
        let (one, two) = (try await fleet.bridge(1), try await fleet.bridge(2))
        _ = try await one.look("a")
        fleet.time.advance(by: .seconds(-3600))
        #expect(try await two.look("a").wait == FleetWait(.claimed, .seconds(5)))
        fleet.time.advance(by: .seconds(5))
        #expect(try await two.look("a").claim != nil)
    }

    @Test(arguments: StoreKind.allCases)
    func aBridgeThatHasNotJoinedIsRefused(_ kind: StoreKind) async throws {
        let store = try await kind.fleet().store()
        await #expect(throws: FleetStoreError.self) { try await store.beat() }
        await #expect(throws: FleetStoreError.self) { try await store.look("a") }
        await store.close()
    }

    @Test(arguments: StoreKind.allCases)
    func theOverviewShowsTheBridgesAndTheReadings(_ kind: StoreKind) async throws {
        let fleet = try kind.fleet()
        let one = try await fleet.bridge(1, rate: 10, burst: 2)
        fleet.time.advance(by: .seconds(2))
        let two = try await fleet.bridge(2, rate: 20, burst: 5)
        try await one.read("a", .success(.scripted("a", .pending)))
        try await two.read("b", .success(.scripted("b", .succeeded)))
        #expect(try await one.look("a", after: two.look("a").reading?.number).claim?.delay == .milliseconds(100))
        let overview = try await fleet.store().overview(tasks: 10)
        #expect(overview.members.map(\.bridge.name) == ["bridge 1", "bridge 2"])
        #expect(overview.members.map(\.presentFor) == [.seconds(2), .zero])
        #expect(overview.rate == 10)
        #expect(overview.burst == 2)
        #expect(abs(overview.tokens + 1) < 0.001, "one query is granted ahead")
        #expect(overview.granted == 3)
        #expect(overview.pause == nil)
        #expect(overview.tasks.map(\.taskId) == ["b", "a"])
        #expect(overview.tasks.map(\.claimedBy) == [nil, .init(1)])
        #expect(try await fleet.store().overview(tasks: 1).tasks.map(\.taskId) == ["b"])
    }
}
