import CoverFleet
import Foundation

/// A fleet in a Redis server, for the conformance tests. All tests share the server, and each fleet has a group of its
/// own.
final class TestedRedisFleet: TestedFleet {
    let time = StoreTime()
    let server: RedisServer
    let group = UUID().uuidString.lowercased()

    init(_ server: RedisServer? = nil) throws { self.server = try server ?? RedisServer.shared.get() }

    func store() async throws -> any FleetStore { try await redisStore() }

    /// - Parameter patience: how long an operation may take. The tests allow more than the usual second, because many
    ///   tests that run at once may delay each other.
    func redisStore(patience: Duration = .seconds(60)) async throws -> RedisFleetStore {
        try await RedisFleetStore.open(
            server.address(),
            group: group,
            access: .open,
            patience: patience,
            clock: { [time] in time.now }
        )
    }

    func key(_ name: String) -> String { "{cover-bridge:\(group)}:\(name)" }

    func flush() async throws {
        let keys = try await server.cli("KEYS", key("*")).split(separator: "\n").map(String.init)
        for key in keys { try await server.cli("DEL", key) }
    }
}

extension RedisAccess {
    /// Access without a password and without TLS.
    static let open = RedisAccess.password(nil)

    static func password(_ password: String?) -> RedisAccess {
        let trust = RedisTrust { () throws(FleetStoreError) in
            throw FleetStoreError(.unusable, "no TLS is wanted")
        } mismatch: { _, _ in
            "no TLS is wanted"
        } fault: { _, _ in
            nil
        }
        return RedisAccess(password: { () throws(FleetStoreError) in password }, trust: trust)
    }
}
