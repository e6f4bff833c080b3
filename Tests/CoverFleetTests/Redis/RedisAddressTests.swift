import Testing

@testable import CoverFleet

@Suite struct RedisAddressTests {
    @Test(
        arguments: [
            ("redis://host", "redis://host:6379/0"), ("REDIS://Host:7000/3", "redis://host:7000/3"),
            ("rediss://host/", "rediss://host:6379/0"),
            ("redis://user@host", "redis://user@host:6379/0"),
            ("redis://user:secret@host:1/1", "redis://user@host:1/1"),
            ("redis://:secret@host", "redis://host:6379/0"), ("redis://a%40b:secret@host", "redis://a%40b@host:6379/0"),
            ("redis://[::1]:7000", "redis://[::1]:7000/0"), ("redis://[::1]", "redis://[::1]:6379/0"),
            ("redis+unix:///run/redis.sock", "redis+unix:///run/redis.sock"),
            ("redis+unix://user:secret@/run/a%20b?db=2", "redis+unix://user@/run/a b?db=2"),
        ]
    )
    func theAddressForPeopleHasNoPassword(_ text: String, _ shown: String) throws {
        #expect(try FleetAddress(parsing: text, isPublic: false).text == shown)
    }

    @Test func theParts() throws {
        let address = try redis("rediss://us%3Aer:s%40e%2Fcret@Cache.example:7000/15")
        #expect(address.place == .host("cache.example", port: 7000))
        #expect(address.isEncrypted)
        #expect((address.user, address.password) == ("us:er", "s@e/cret"))
        #expect(address.database == 15)
        let socket = try redis("redis+unix:///run/a%20b?db=2")
        #expect(socket.place == .socket("/run/a b"))
        #expect((socket.user, socket.password) == (nil, nil))
        #expect(socket.database == 2)
    }

    @Test(
        arguments: [
            "redis:", "redis:host", "redis://", "redis:///0", "redis://host:0", "redis://host:65536", "redis://host:x",
            "redis://[::1",
            "redis://host/x", "redis://host/-1", "redis://host/0/1", "redis://host/0?x=1", "redis://host#x",
            "redis://ho st",
            "redis://h:secret%zz@host", "redis+unix://", "redis+unix:///", "redis+unix://host/run/redis",
            "redis+unix:///run/redis?x=1",
            "redis+unix:///run/redis?db=x",
            // Without a scheme a text is a path, and errors show paths. These are no paths.
            "redis//:secret@host", "redis;//user:secret@host", " redis://:secret@host", "\"redis://:secret@host\"",
            ":secret@host:6379", "us_er:secret@host",
            "REDIS_URL=redis://u:secret@host", "'rediss://:secret@host/0'", "=Redis://:secret@host",
        ]
    )
    func anInvalidAddressIsRefusedWithoutItsText(_ text: String) {
        let error = #expect(throws: FleetStoreError.self) { try FleetAddress(parsing: text, isPublic: false) }
        #expect(error?.kind == .unusable)
        #expect(error?.message.contains("secret") == false)
    }

    /// Without the advice, a user looks for the fault in the host or the port.
    @Test(
        arguments: [
            "redis://u:se/cret@host", "redis://u:se#cret@host", "redis://u:se?cret@host/1", "redis://u:se@c/ret@host",
            "redis://u:secret%@host", "redis+unix://u:se/cret@/run/redis",
        ]
    )
    func aCharacterThatMustBeEncodedIsNamed(_ text: String) {
        let error = #expect(throws: FleetStoreError.self) { try FleetAddress(parsing: text, isPublic: false) }
        #expect(error?.message.contains("percent-encoded. Write / as %2F") == true, "\(error?.message ?? "")")
        #expect(throws: FleetStoreError.self) { try FleetAddress(parsing: text, isPublic: true) }
    }

    @Test func aSocketsPathMayContainTheCharacterOfUsers() throws {
        #expect(try redis("redis+unix://u:secret@/run/a@b:c").place == .socket("/run/a@b:c"))
    }

    @Test(
        arguments: [
            "redis://user:secret@host", "redis://:secret@host/0", "redis+unix://:secret@/run/redis",
            "redis://u:se/cret@host",
        ]
    )
    func aPasswordThatOtherUsersCanSeeIsRefused(_ text: String) {
        let error = #expect(throws: FleetStoreError.self) { try FleetAddress(parsing: text, isPublic: true) }
        #expect(error?.message.contains("--fleet-password-file") == true)
        #expect(error?.message.contains("secret") == false)
    }

    /// Each of these would be the name of a file, and each bridge would be in a fleet of its own.
    @Test(arguments: ["127.0.0.1:6379", "[::1]:6379", "\"redis://host:6379\"", " redis://host"])
    func anAddressWithoutItsSchemeIsNoFile(_ text: String) {
        let error = #expect(throws: FleetStoreError.self) { try FleetAddress(parsing: text, isPublic: true) }
        #expect(error?.message.contains("no address of a Redis") == true, "\(error?.message ?? "")")
    }

    private func redis(_ text: String) throws -> RedisAddress {
        guard case .redis(let address) = try FleetAddress(parsing: text, isPublic: false) else {
            throw RedisServer.Failure(words: "no address of a Redis")
        }
        return address
    }
}
