import Testing

@testable import CoverFleet

/// Tests the meaning of errors of a Redis server.
@Suite struct RedisErrorTests {
    /// The error texts of Redis 6.2, 7.0 and 7.2, with and without the words that a script adds.
    @Test(
        arguments: [
            ("WRONGPASS invalid username-password pair or user is disabled.", .wrongPassword),
            ("ERR invalid password", .wrongPassword), ("NOAUTH Authentication required.", .passwordWanted),
            (
                "ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?",
                .noPasswordWanted
            ),
            ("NOPERM this user has no permissions to run the 'evalsha' command", .notAllowed),
            ("NOPERM User app has no permissions to run the 'evalsha' command", .notAllowed),
            ("The user executing the script can't run this command or subcommand", .notAllowed),
            ("ERR The user executing the script can't publish to the channel mentioned in the command", .notAllowed),
            ("ERR ACL failure in script: No permissions to access a channel", .notAllowed),
            ("OOM command not allowed when used memory > 'maxmemory'.", .memoryFull),
            ("@user_script: 12: -OOM command not allowed when used memory > 'maxmemory'.", .memoryFull),
            ("READONLY You can't write against a read only replica.", .readOnly),
            (
                "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk.",
                .cannotSave
            ),
            ("NOREPLICAS Not enough good replicas to write.", .cannotSave),
            ("LOADING Redis is loading the dataset in memory", .loading),
            ("BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.", .busy),
            ("MOVED 3999 127.0.0.1:6381", .cluster("127.0.0.1:6381")), ("MOVED 3999", .cluster(nil)),
            ("CLUSTERDOWN Hash slot not served", .clusterDown), ("ERR DB index is out of range", .noDatabase),
            ("ERR SELECT is not allowed in cluster mode", .noDatabase),
            ("ERR max number of clients reached", .tooManyClients),
            ("DENIED Redis is running in protected mode because protected mode is enabled", .protected),
            ("WRONGTYPE Operation against a key holding the wrong kind of value", .foreignKeys),
            ("ERR unknown command 'EVALSHA', with args beginning with:", .noScripts),
            ("ERR what is not expected", .other("the error ERR")),
            ("", .other("an error")), ("what is not expected", .other("an error")),
        ] as [(String, RedisRefusal)]
    )
    func theServersErrorsAreKnown(_ text: String, _ refusal: RedisRefusal) { #expect(RedisRefusal(text) == refusal) }

    /// The server's own text may contain confidential data, so the error leaves it out.
    @Test func theServersOwnTextIsNotShown() throws {
        guard case .redis(let address) = try FleetAddress(parsing: "redis://app:secret@host", isPublic: false) else {
            return
        }
        for text in ["WRONGPASS secret", "ERR secret", "NOPERM secret", "secret", "OOM secret"] {
            #expect(!FleetStoreError(.refused(text), at: address).message.contains("secret"))
        }
    }

    /// The text of every fault names the place of the fault, and ends with what to do next.
    @Test(
        arguments: [
            .refused("OOM"), .silent, .closed, .silentInHandshake, .turnedAway,
            .unreachable("the connection was refused"), .unknownHost, .foreign,
            .notEncrypted, .untrusted(nil), .untrusted("It has expired."), .wantsClientCertificate, .oldTLS, .handshake,
            .closedInHandshake, .passwordMissing, .tooOld("5.0.7"), .otherForm("2"),
        ] as [RedisFault],
        ["redis", "rediss"]
    )
    func everyFaultSaysWhereItIs(_ fault: RedisFault, scheme: String) throws {
        guard case .redis(let address) = try FleetAddress(parsing: "\(scheme)://host:7000", isPublic: false) else {
            return
        }
        let message = FleetStoreError(fault, at: address).message
        #expect(message.contains("host:7000"))
        #expect(message.hasSuffix("."))
        #expect(message.first?.isUppercase == true)
    }

    @Test func aRedisThatMayDropKeysOrIsNearlyFullIsWarnedOf() {
        func remarks(_ facts: String...) -> FleetRemarks { FleetRemarks(RedisInfo(facts.joined(separator: "\r\n"))) }
        #expect(remarks("redis_version:7.0.15", "maxmemory:0", "maxmemory_policy:allkeys-lru").warnings.isEmpty)
        #expect(remarks("maxmemory:100", "used_memory:89", "maxmemory_policy:noeviction").warnings.isEmpty)
        #expect(remarks("redis_version:7.0.15").version == "Redis 7.0.15")
        #expect(remarks("redis_version:7.2.4", "valkey_version:8.0.1").version == "Valkey 8.0.1")
        let evicting = remarks("maxmemory:100", "used_memory:1", "maxmemory_policy:volatile-lru").warnings
        #expect(evicting.count == 1)
        #expect(evicting.first?.fault.contains("maxmemory-policy volatile-lru") == true)
        let full = remarks("maxmemory:100", "used_memory:91", "maxmemory_policy:noeviction").warnings
        #expect(full.map(\.fault) == ["its memory is nearly full (maxmemory)"])
    }

    @Test func theVersionIsReadFromTheServersFacts() throws {
        let info = RedisInfo("# Server\r\nredis_version:6.0.16\r\nos:Linux 5.10: x86_64\r\n\r\n")
        #expect(info["redis_version"] == "6.0.16")
        #expect(info["os"] == "Linux 5.10: x86_64")
        #expect(throws: RedisFault.tooOld("6.0.16")) { try info.checkVersion() }
        for version in ["6.2.0", "7.0.15", "10.1"] { try RedisInfo("redis_version:\(version)\r\n").checkVersion() }
        // If the server reports no version, the store accepts it.
        try RedisInfo("").checkVersion()
    }
}
