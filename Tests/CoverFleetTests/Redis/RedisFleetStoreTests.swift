import CoverModel
import Foundation
import TestSupport
import Testing

@testable import CoverFleet

/// Behaviour that only the Redis store has.
@Suite(.timeLimit(.minutes(5))) struct RedisFleetStoreTests {
    private let fleet: TestedRedisFleet

    /// These tests have a server of their own, because they count its commands and cause faults.
    init() async throws { fleet = try await TestedRedisFleet(RedisServer.started()) }

    @Test func aQueryCostsTwoRoundTripsAndAReadingOne() async throws {
        let (one, two) = (try await fleet.bridge(1), try await fleet.bridge(2))
        try await one.read("warm", .success(.scripted("warm", .pending)))
        _ = try await two.look("warm")
        try await fleet.server.cli("CONFIG", "RESETSTAT")
        for number in 0..<20 {
            let taskId = TaskID("task \(number)")
            fleet.time.advance(by: .milliseconds(10))
            #expect(try await one.read(taskId, .success(.scripted(taskId, .pending))) != nil)
        }
        #expect(try await calls() == ["evalsha": 40])
        for number in 0..<20 { #expect(try await two.look(TaskID("task \(number)")).reading != nil) }
        #expect(try await calls() == ["evalsha": 60])
    }

    @Test func callbackURLsAreNotInTheRedis() async throws {
        let bridge = try await fleet.bridge(1)
        var status = CoverStatus.scripted("a", .generating)
        status.callbackUrl = "https://example.com/confidential"
        try await bridge.read("a", .success(status))
        let stored = try await fleet.server.cli("HGETALL", fleet.key("task:a"))
        #expect(stored.contains("generating"))
        #expect(!stored.contains("confidential"))
    }

    @Test func everyKeyExpires() async throws {
        let bridge = try await fleet.bridge(1)
        try await bridge.read("a", .success(.scripted("a", .pending)))
        try await bridge.read("b", .success(.scripted("b", .succeeded)))
        _ = try await bridge.look("c")
        _ = try await bridge.beat()
        let day = 86_400
        for (name, seconds) in [
            ("fleet", 2 * day), ("bridges", 2 * day), ("latest", 2 * day), ("task:a", 3600), ("task:b", day),
            ("task:c", 90),
        ] {
            let rest = try #require(Int(try await fleet.server.cli("TTL", fleet.key(name))))
            #expect((seconds - 60...seconds).contains(rest), "\(name): \(rest)")
        }
        #expect(try await fleet.server.cli("DBSIZE") == "6", "and nothing else is there")
    }

    @Test func fleetsInOneRedisAreSeparate() async throws {
        let one = try await fleet.bridge(1)
        try await one.read("a", .success(.scripted("a", .pending)))
        let other = try await TestedRedisFleet(fleet.server).bridge(2, rate: 1)
        #expect(try await other.look("a").claim != nil)
        #expect(try await other.beat().bridges == [.init(2)])
        #expect(try await one.beat().rate == 100)
    }

    /// If a test gives no clock, the store uses the clock of the Redis server.
    @Test func theClockIsThatOfRedis() async throws {
        let store = try await RedisFleetStore.open(
            fleet.server.address(),
            group: fleet.group,
            access: .open,
            patience: .seconds(60)
        )
        _ = try await store.join(FleetBridge(id: .init(1), rate: 100, burst: 10, name: "one"))
        let seconds = try #require(Int(try await fleet.server.cli("HGET", fleet.key("bridges"), "1").prefix(10)))
        #expect(abs(Double(seconds) - Date.now.timeIntervalSince1970) < 60)
    }

    @Test func aRedisThatForgotItsScriptsGetsThemAgain() async throws {
        let bridge = try await fleet.bridge(1)
        _ = try await bridge.look("a")
        try await fleet.server.cli("SCRIPT", "FLUSH")
        #expect(try await bridge.look("b").claim != nil)
        try await fleet.server.cli("CONFIG", "RESETSTAT")
        #expect(try await bridge.look("c").claim != nil)
        #expect(try await calls() == ["evalsha": 1], "by its digest again")
    }

    @Test func anEmptiedRedisStartsAgainAndReportsIt() async throws {
        let (one, two) = (try await fleet.bridge(1), try await fleet.bridge(2))
        let number = try await one.read("a", .success(.scripted("a", .pending)))?.number
        let claim = try #require(try await one.look("b").claim)
        try await fleet.server.cli("FLUSHALL")
        #expect(try await two.look("a", after: number).claim?.epoch != number?.epoch)
        let words = await one.announcements.words { $0 == "claimed a by 2" }
        #expect(words.suffix(2) == ["gap", "claimed a by 2"])
        #expect(try await one.finish(claim, .answered(.success(.scripted("b", .pending)))).number == nil)
        #expect(try await one.beat().bridges == [.init(1), .init(2)])
    }

    /// A Redis server that is short of memory may drop any key. If the key of the fleet is lost, the readings that are
    /// left are void.
    @Test func readingsOfALostFleetAreVoid() async throws {
        let one = try await fleet.bridge(1)
        let number = try await one.read("a", .success(.scripted("a", .pending)))?.number
        let claim = try #require(try await one.look("b").claim)
        try await fleet.server.cli("DEL", fleet.key("fleet"))
        let two = try await fleet.bridge(2)
        #expect(try await two.look("a").claim?.epoch != number?.epoch)
        #expect(try await two.look("b").claim != nil, "the claim of the lost fleet is void")
        #expect(try await one.finish(claim, .answered(.success(.scripted("b", .pending)))).number == nil)
    }

    /// The store replaces a connection that was cut. The announcements between the two connections count as lost.
    @Test func aCutConnectionIsMadeAgain() async throws {
        let (one, two) = (try await fleet.bridge(1), try await fleet.bridge(2))
        for kind in ["normal", "pubsub"] {
            try await fleet.server.cli("CLIENT", "KILL", "TYPE", kind)
            try await backAgain(one)
            try await backAgain(two)
            let words = await one.announcements.words { $0 == "gap" }
            #expect(words.last == "gap", "\(kind)")
        }
        let claim = try #require(try await two.look("a").claim)
        _ = try await two.finish(claim, FleetOutcome(.success(.scripted("a", .generating))))
        let heard = await one.announcements.words { $0 == "reading a generating" }
        #expect(heard.last == "reading a generating")
    }

    /// A command was under way while the bridge made a new connection. The server must refuse this command, because it
    /// arrives after the new connection.
    @Test func commandsOfAnEarlierConnectionAreRefused() async throws {
        let one = try await fleet.redisStore()
        _ = try await one.join(FleetBridge(id: .init(1), rate: 100, burst: 10, name: "one"))
        _ = try await one.take(.interactive)
        try await fleet.server.cli("CLIENT", "KILL", "TYPE", "normal")
        try await backAgain(one)
        let entry = try await fleet.server.cli("HGET", fleet.key("bridges"), "1")
        let line = try #require(Int(entry.split(separator: " ")[2]))
        #expect(line >= 2)
        let claims = try await fleet.server.cli("HGET", fleet.key("fleet"), "fence")
        let answer = try await fleet.server.cli(
            "EVALSHA",
            FleetScript.take.digest,
            "2",
            fleet.key("fleet"),
            fleet.key("bridges"),
            "",
            "5",
            fleet.key("news"),
            "1",
            String(line - 1),
            "100.0",
            "10.0",
            "one",
            "interactive"
        )
        #expect(answer == "late")
        #expect(try await fleet.server.cli("HGET", fleet.key("fleet"), "fence") == claims)
    }

    @Test func theServerSaysItsVersionAndItsFaults() async throws {
        let store = try await fleet.redisStore()
        let before = try await store.remarks()
        #expect(before.version?.hasPrefix("Redis ") == true)
        #expect(before.warnings.isEmpty)
        try await fleet.server.cli("CONFIG", "SET", "maxmemory", "1gb")
        try await fleet.server.cli("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
        #expect(try await store.remarks().warnings.count == 1)
    }

    @Test func connectionsAndThreadsAreGivenBack() async throws {
        let one = try await fleet.bridge(1)
        let before = try await fleet.server.cli("CLIENT", "LIST").split(separator: "\n").count
        #expect(before == 3, "commands, announcements, and the test's own")
        await one.close()
        try await eventually { try await fleet.server.cli("CLIENT", "LIST").split(separator: "\n").count == 1 }
    }

    private func calls() async throws -> [String: Int] {
        var calls: [String: Int] = [:]
        for line in try await fleet.server.cli("INFO", "commandstats").split(whereSeparator: \.isNewline) {
            let parts = line.split { ":=,".contains($0) }
            guard parts.count > 2, let name = parts[0].split(separator: "_").last, ["eval", "evalsha"].contains(name)
            else { continue }
            calls[String(name)] = Int(parts[2])
        }
        return calls
    }
}

/// Repeats the condition until it is true. The limit is long, because the machine may be busy.
func eventually(_ condition: () async throws -> Bool) async throws {
    let deadline = ContinuousClock.now + .seconds(60)
    while try await !condition() {
        try #require(ContinuousClock.now < deadline, "not within a minute")
        await Task.yield()
    }
}

/// Calls the store until a call succeeds. The store may not have noticed the failure yet, so a first call may fail.
func backAgain(_ store: any FleetStore) async throws {
    try await eventually {
        do {
            _ = try await store.beat()
            return true
        } catch let error as FleetStoreError where error.kind == .away { return false }
    }
}
