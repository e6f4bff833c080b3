import CoverModel
import TestSupport
import Testing

@testable import CoverFleet

/// Tests the announcements that bridges get about each other.
extension ConformanceTests {
    @Test(arguments: StoreKind.allCases)
    func readingsAndClaimsAreAnnounced(_ kind: StoreKind) async throws {
        let fleet = try kind.fleet()
        let (one, two) = (try await fleet.bridge(1), try await fleet.bridge(2))
        let claim = try #require(try await one.look("a").claim)
        let claimed = await two.announcements.words { $0.hasPrefix("claimed") }
        #expect(claimed.last == "claimed a by 1")
        _ = try await one.finish(claim, FleetOutcome(.success(.scripted("a", .generating))))
        let read = await two.announcements.words { $0.hasPrefix("reading") }
        #expect(read.last == "reading a generating")
        let second = try #require(try await one.look("b").claim)
        _ = try await one.finish(second, .dropped)
        let freed = await two.announcements.words { $0.hasPrefix("freed") }
        #expect(freed.last == "freed b")
    }

    @Test(arguments: StoreKind.allCases)
    func pausesAndTheirEndsAreAnnounced(_ kind: StoreKind) async throws {
        let fleet = try kind.fleet()
        let (one, two) = (try await fleet.bridge(1), try await fleet.bridge(2))
        let claim = try #require(try await one.take(.interactive).claim)
        let pause = try await one.finish(claim, .throttled(CoverError(.maintenance, "later", httpStatus: 455))).pause
        let paused = await two.announcements.words { $0.hasPrefix("paused") }
        #expect(paused.last == "paused maintenance")
        fleet.time.advance(by: try #require(pause).remaining)
        let trial = try #require(try await one.take(.interactive).claim)
        _ = try await one.finish(trial, .succeeded)
        let resumed = await two.announcements.words { $0 == "resumed" }
        #expect(resumed.last == "resumed")
    }

    @Test(arguments: StoreKind.allCases)
    func theStreamEndsWithTheStore(_ kind: StoreKind) async throws {
        let bridge = try await kind.fleet().bridge(1)
        await bridge.close()
        for await _ in bridge.announcements {}
        await #expect(throws: FleetStoreError.self) { try await bridge.beat() }
    }
}
