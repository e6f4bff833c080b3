import CoverModel
import Foundation
import TestSupport
import Testing

@testable import CoverFleet

/// If a Redis server is stopped, the store counts as away when its patience ends. When the server continues, it executes
/// commands although their answers are lost. The store frees the claims and the trial that these commands got.
@Suite(.timeLimit(.minutes(5))) struct RedisLostAnswerTests {
    private let fleet: TestedRedisFleet

    /// These tests have a server of their own, because they stop it.
    init() async throws { fleet = try await TestedRedisFleet(RedisServer.started()) }

    @Test func claimsFromLostAnswersAreFreed() async throws {
        let (one, two) = (try await impatientBridge(), try await fleet.bridge(2))
        let known = try #require(try await one.look("known").claim)
        let start = ContinuousClock.now
        let error = try await loseAnswer { _ = try await one.look("a") }
        #expect(error?.kind == .away)
        #expect(error?.message.contains("No answer from the fleet's Redis at \(fleet.server.folder)/socket") == true)
        #expect(start.duration(to: .now) > .seconds(9))
        #expect(start.duration(to: .now) < .seconds(60))
        try await eventually { try await fence() == 2 }
        try await backAgain(one)
        #expect(try await two.look("a").claim != nil, "the claim that was not answered is free")
        #expect(try await two.look("known").wait?.reason == .claimed)
        #expect(try await one.finish(known, .answered(.success(.scripted("known", .pending)))).number != nil)
    }

    @Test func theTrialFromALostAnswerIsFreed() async throws {
        let (one, two) = (try await impatientBridge(), try await fleet.bridge(2))
        try await endOfPause(one)
        try await loseAnswer { _ = try await one.look("b") }
        try await eventually { try await fence() == 2 }
        #expect(try await two.look("c").wait?.reason == .trial(.rateLimited), "the bridge does not know of its trial")
        try await backAgain(one)
        #expect(try await two.look("c").claim?.isTrial == true)
    }

    @Test func aKnownTrialStaysValidWhenAnotherAnswerIsLost() async throws {
        let (one, two) = (try await impatientBridge(), try await fleet.bridge(2))
        try await endOfPause(one)
        let trial = try #require(try await one.look("b").claim)
        try await loseAnswer { _ = try await one.look("c") }
        try await backAgain(one)
        #expect(try await two.look("d").wait?.reason == .trial(.rateLimited))
        #expect(try await one.finish(trial, .answered(.success(.scripted("b", .pending)))).pause == nil)
        #expect(try await two.look("d").claim?.isTrial == false)
    }

    private func impatientBridge() async throws -> RedisFleetStore {
        let store = try await fleet.redisStore(patience: .seconds(10))
        _ = try await store.join(FleetBridge(id: .init(1), rate: 100, burst: 10, name: "one"))
        return store
    }

    /// Begins a pause, and moves the clock to its end.
    private func endOfPause(_ bridge: RedisFleetStore) async throws {
        let throttling = CoverError(.rateLimited, "too many", retryAfter: 2, httpStatus: 429)
        let pause = try #require(try await bridge.read("a", .failure(throttling))?.pause)
        fleet.time.advance(by: pause.remaining)
    }

    /// Runs a request while the server is stopped. The server executes the request when it continues.
    @discardableResult
    private func loseAnswer(of request: () async throws -> Void) async throws -> FleetStoreError? {
        kill(fleet.server.pid, SIGSTOP)
        defer { kill(fleet.server.pid, SIGCONT) }
        return await #expect(throws: FleetStoreError.self) { try await request() }
    }

    /// The number of claims that the store has granted.
    private func fence() async throws -> Int? { Int(try await fleet.server.cli("HGET", fleet.key("fleet"), "fence")) }
}
