import CoverModel
import Foundation
import TestSupport
import Testing

@testable import CoverFleet

/// Each fault of a Redis server, with the text of its error. A real Redis server has the fault in these tests.
@Suite(.timeLimit(.minutes(5))) struct RedisFaultTests {
    private static let rules = ["+@all", "allkeys", "allchannels"]

    @Test(
        arguments: [
            (rules, "", "right", nil), (rules, "", "wrong", "refused the password of the user app"),
            (rules, "", nil, "wants a password for the user app"), (rules, "stranger", "right", "the user stranger"),
            (["+@all", "-@scripting", "allkeys", "allchannels"], "", "right", "does not allow the user app"),
            (["+@all", "allchannels"], "", "right", "does not allow the user app"),
            (["+@all", "allkeys", "resetchannels"], "", "right", "does not allow the user app"),
            (["+@all", "-publish", "allkeys", "allchannels"], "", "right", "does not allow the user app"),
            (["+@all", "-subscribe", "allkeys", "allchannels"], "", "right", "does not allow the user app"),
            (["+@all", "-zadd", "allkeys", "allchannels"], "", "right", "does not allow the user app"),
            (["+@all", "-info", "allkeys", "allchannels"], "", "right", nil),
            (RedisRefusal.rules.split(separator: " ").map(String.init), "", "right", nil),
        ] as [([String], String, String?, String?)]
    )
    func usersAndPasswords(_ rules: [String], _ user: String, _ password: String?, _ words: String?) async throws {
        let server = try await RedisServer.started(["--user", "app", "on", ">right"] + rules)
        let address = try server.address(user: (user.isEmpty ? "app" : user) + "@")
        let access = RedisAccess.password(password)
        guard let words else {
            let store = try await open(address, access)
            _ = try await store.join(FleetBridge(id: .init(1), rate: 100, burst: 10, name: "one"))
            try await store.read("a", .success(.scripted("a", .pending)))
            #expect(try await store.overview(tasks: 10).tasks.count == 1)
            return
        }
        // A view that does not join, as that of `doctor`, finds every fault too.
        let error = await #expect(throws: FleetStoreError.self) { try await open(address, access) }
        #expect(error?.kind == .unusable)
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
        #expect(error?.message.contains("right") == false && error?.message.contains("wrong") == false)
    }

    @Test func aDefaultPassword() async throws {
        let server = try await RedisServer.started(["--requirepass", "right"])
        let missing = await #expect(throws: FleetStoreError.self) { try await open(server.address(), .open) }
        #expect(missing?.message.contains("wants a password") == true, "\(missing?.message ?? "")")
        _ = try await open(server.address(user: ":right@"), .open)
        let needless = await #expect(throws: FleetStoreError.self) {
            try await open(RedisServer.shared.get().address(user: ":x@"), .open)
        }
        #expect(needless?.message.contains("no password set") == true, "\(needless?.message ?? "")")
    }

    @Test func aMissingDatabase() async throws {
        let server = try await RedisServer.started(["--databases", "2"])
        _ = try await open(server.address("?db=1"), .open)
        let error = await #expect(throws: FleetStoreError.self) { try await open(server.address("?db=2"), .open) }
        #expect(error?.message.contains("has no database 2") == true)
    }

    /// Tests faults that begin while the fleet runs. During the fault, the store counts as away and reports the reason.
    /// After the fault, the store works again.
    @Test(
        arguments: [
            (["CONFIG", "SET", "maxmemory", "1"], ["CONFIG", "SET", "maxmemory", "0"], "out of memory"),
            (["REPLICAOF", "127.0.0.1", "1"], ["REPLICAOF", "NO", "ONE"], "is a replica"),
            (
                ["CONFIG", "SET", "min-replicas-to-write", "1"], ["CONFIG", "SET", "min-replicas-to-write", "0"],
                "takes no changes"
            ),
        ]
    )
    func aReadOnlyRedis(_ breaks: [String], _ mends: [String], _ words: String) async throws {
        let fleet = try await TestedRedisFleet(RedisServer.started())
        let bridge = try await fleet.bridge(1)
        try await run(breaks, fleet.server)
        // The store does not record a bridge again that it has just seen. One second later, it must write.
        fleet.time.advance(by: .seconds(1))
        for _ in 0..<2 {
            let error = await #expect(throws: FleetStoreError.self) { try await bridge.look("a") }
            #expect(error?.kind == .away)
            #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
        }
        // A store that is opened during the fault does not work before the end of the fault.
        await #expect(throws: FleetStoreError.self) { try await fleet.bridge(2) }
        try await run(mends, fleet.server)
        try await eventually { (try? await bridge.look("a").claim) != nil }
        #expect(try await fleet.server.cli("HGET", fleet.key("fleet"), "fence") == "1", "nothing was granted by halves")
    }

    /// The heartbeat does not publish. So it would succeed, and the bridge would be away and present in turn.
    @Test func aPermissionThatIsTakenKeepsTheBridgeAway() async throws {
        let fleet = try await TestedRedisFleet(RedisServer.started())
        let bridge = try await fleet.bridge(1)
        try await run(["ACL", "SETUSER", "default", "-publish"], fleet.server)
        let refused = await #expect(throws: FleetStoreError.self) { try await bridge.look("a") }
        #expect(refused?.message.contains("does not allow") == true, "\(refused?.message ?? "")")
        for _ in 0..<2 {
            let error = await #expect(throws: FleetStoreError.self) { try await bridge.beat() }
            #expect(error?.message.contains("does not allow") == true, "\(error?.message ?? "")")
        }
        try await run(["ACL", "SETUSER", "default", "+publish"], fleet.server)
        try await eventually { (try? await bridge.beat())?.bridges == [.init(1)] }
    }

    /// After a failover, the address leads to another server. So the store does not keep a connection to a replica.
    @Test func aConnectionToAReplicaIsNotKept() async throws {
        let fleet = try await TestedRedisFleet(RedisServer.started())
        let bridge = try await fleet.bridge(1)
        let before = try await fleet.server.cli("CLIENT", "LIST", "TYPE", "pubsub").prefix { $0 != " " }
        try await run(["REPLICAOF", "127.0.0.1", "1"], fleet.server)
        await #expect(throws: FleetStoreError.self) { try await bridge.look("a") }
        try await eventually { try await !fleet.server.cli("CLIENT", "LIST").contains("\(before) ") }
    }

    @Test func aFleetOfAnotherVersionStaysUnchanged() async throws {
        let fleet = try await TestedRedisFleet(RedisServer.started())
        let bridge = try await fleet.bridge(1)
        try await fleet.server.cli("HSET", fleet.key("fleet"), "form", "2")
        let before = try await fleet.server.cli("HGETALL", fleet.key("fleet"))
        for _ in 0..<2 {
            let error = await #expect(throws: FleetStoreError.self) { try await bridge.look("a") }
            #expect(error?.kind == .unusable)
            #expect(error?.message.contains("another version of cover-bridge") == true)
        }
        let error = await #expect(throws: FleetStoreError.self) { try await fleet.store() }
        #expect(error?.message.contains("form 2, this one has 1") == true)
        #expect(try await fleet.server.cli("HGETALL", fleet.key("fleet")) == before)
    }

    @Test(arguments: ["fleet", "bridges"])
    func keysOfAnotherProgramStayUnchanged(_ name: String) async throws {
        let fleet = try await TestedRedisFleet(RedisServer.started())
        try await fleet.server.cli("SET", fleet.key(name), "mine")
        let error = await #expect(throws: FleetStoreError.self) { try await fleet.bridge(1) }
        #expect(error?.message.contains("belong to another program") == true, "\(error?.message ?? "")")
        #expect(try await fleet.server.cli("GET", fleet.key(name)) == "mine")
    }

    /// If the Redis server starts later than the bridge, the store connects then.
    @Test func aRedisThatComesLater() async throws {
        let server = try await RedisServer.started()
        let moved = server.folder + "/away"
        try FileManager.default.moveItem(atPath: server.folder + "/socket", toPath: moved)
        let store = try await open(server.address(), .open)
        let error = await #expect(throws: FleetStoreError.self) {
            try await store.join(FleetBridge(id: .init(1), rate: 100, burst: 10, name: "one"))
        }
        #expect(error?.kind == .away)
        #expect(error?.message.contains("there is no such socket") == true, "\(error?.message ?? "")")
        try FileManager.default.moveItem(atPath: moved, toPath: server.folder + "/socket")
        try await eventually { (try? await store.beat())?.bridges == [.init(1)] }
    }

    private func open(_ address: RedisAddress, _ access: RedisAccess) async throws -> RedisFleetStore {
        try await RedisFleetStore.open(address, group: UUID().uuidString, access: access, patience: .seconds(30))
    }

    private func run(_ words: [String], _ server: RedisServer) async throws {
        #expect(try await server.cli(words) == "OK")
    }
}
