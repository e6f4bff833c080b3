import CoverFleet
import CoverModel
import Synchronization
import TestSupport
import Testing

/// Tests bridges of one fleet with a store in memory.
@Suite(.timeLimit(.minutes(5))) struct FleetMemberTests {
    private static let fresh = FleetFreshness.newer(than: nil, orWithin: .seconds(30))

    @Test func aBridgeUsesTheReadingOfAnother() async throws {
        try await FleetRig.run(2) { rig in
            let first = try await rig.read("t", by: 0)
            #expect(try first.result.get().state == .pending && first.shared?.number.value == 1)
            let second = try await rig.read("t", by: 1)
            #expect(try second.result.get().state == .pending && second.shared?.number.value == 1)
            #expect(rig.queries == ["0 t"])
            #expect(rig.members[0].statistics.readingsShared == 1 && rig.members[0].statistics.queriesSaved == 0)
            #expect(rig.members[1].statistics.readingsShared == 0 && rig.members[1].statistics.queriesSaved == 1)
            #expect(rig.members[1].statistics.bridges == 2 && rig.members[1].statistics.state == .present)
        }
    }

    @Test(arguments: [true, false])
    func aQueryThatAnotherBridgeMakesIsWaitedFor(isUrgent: Bool) async throws {
        let gate = Gate()
        try await FleetRig.run(2) { rig in
            let first = Task { try await rig.read("t", by: 0) { await gate.pass() } }
            await gate.waiters(atLeast: 1)
            let freshness = isUrgent ? FleetFreshness.within(.zero) : Self.fresh
            let second = Task { try await rig.read("t", by: 1, freshness, isUrgent: isUrgent) }
            await rig.waits(1)
            let begins = rig.begins
            rig.clock.advance(by: .milliseconds(10))
            gate.open()
            let numbers = try await [first.value, second.value].map(\.shared?.number)
            #expect(numbers[0] != nil && numbers[0] == numbers[1])
            #expect(rig.queries == ["0 t"])
            // The announcement contains the reading, so the bridge does not call the store to get the reading.
            #expect(rig.begins == begins)
            #expect(rig.members[1].statistics.waited >= 0.01)
        }
    }

    /// A bridge must use the result of its own query, because an announced reading has no callback URL and no record.
    @Test func aBridgesOwnReadingComesBeforeItsAnnouncement() async throws {
        try await FleetRig.run(2) { rig in
            let gate = Gate()
            rig.finishing.withLock { $0 = gate }
            let read = Task { try await rig.read("t", by: 0) }
            await gate.waiters(atLeast: 1)
            // The gap is announced after the reading, so a bridge that knows of the gap also has the reading.
            rig.fleet.announceGap()
            while !rig.members.allSatisfy({ $0.gaps == 1 }) { await Task.yield() }
            #expect(rig.events(of: 1).suffix(1) == ["reading t"])
            gate.open()
            let result = try await read.value
            #expect(result.shared != nil)
            #expect(!rig.events(of: 0).contains("reading t"))
        }
    }

    /// The test empties the store during the query of the first bridge, so the second bridge makes the same query.
    @Test func anotherBridgesReadingComesWhenTheBridgesOwnQueryEnds() async throws {
        try await FleetRig.run(2) { rig in
            let gate = Gate()
            let first = Task { try await rig.read("t", by: 0) { await gate.pass() } }
            await gate.waiters(atLeast: 1)
            rig.fleet.flush()
            rig.fleet.announceGap()
            while !rig.members.allSatisfy({ $0.gaps == 1 }) { await Task.yield() }
            _ = try await rig.read("t", by: 1)
            rig.fleet.announceGap()
            while rig.members[0].gaps == 1 { await Task.yield() }
            #expect(rig.queries == ["0 t", "1 t"] && !rig.events(of: 0).contains("reading t"))
            gate.open()
            let result = try await first.value
            #expect(result.shared == nil)
            #expect(rig.events(of: 0).suffix(1) == ["reading t"])
        }
    }

    @Test func aPauseHoldsAllBridges() async throws {
        try await FleetRig.run(2, burst: 10) { rig in
            let throttling = CoverError(.rateLimited, "slower", retryAfter: 10)
            _ = try await rig.read("t", by: 0) { throw throttling }
            let paused = await #expect(throws: QueriesPaused.self) { try await rig.read("u", by: 1, isUrgent: true) }
            #expect(paused?.error.kind == .rateLimited && (10...11).contains(paused?.error.retryAfter ?? 0))
            let deferral = await #expect(throws: FleetDeferral.self) { try await rig.read("u", by: 1) }
            // The clock stood at one second when the pause began.
            #expect((11...12).contains(deferral?.until.inSeconds ?? 0))
            await #expect(throws: QueriesPaused.self) { try await rig.ask(by: 1) }
            #expect(rig.queries == ["0 t"])
            #expect(rig.events(of: 1) == ["timed", "paused"])
            // After the pause, one query tries whether the API answers. Then all queries continue.
            try await rig.pass(.seconds(11))
            _ = try await rig.read("u", by: 1)
            #expect(rig.events(of: 0).suffix(2) == ["resumed", "reading u"])
            #expect(rig.queries == ["0 t", "1 u"])
        }
    }

    /// A second query of the trial must not wait for the end of the trial.
    @Test func aSecondQueryOfTheTrialDoesNotWaitForIt() async throws {
        try await FleetRig.run(1, burst: 10) { rig in
            _ = try await rig.read("t", by: 0) { throw CoverError(.rateLimited, "slower", retryAfter: 1) }
            try await rig.pass(.seconds(2))
            let trial = Task { try await rig.read("t", by: 0, .own) { try await rig.ask(by: 0) } }
            await rig.waits(1)
            rig.clock.advance(by: .seconds(1))
            _ = try await trial.value
            #expect(rig.queries == ["0 t", "0 t", "0 -"])
        }
    }

    /// A bridge that was stopped for a while gives up its slot instead of using it too late.
    @Test func aLateSlotIsGivenUp() async throws {
        try await FleetRig.run(1, rate: 2, burst: 1) { rig in
            _ = try await rig.read("t", by: 0)
            let second = Task { try await rig.read("u", by: 0, isUrgent: true) }
            await rig.waits(1)
            rig.clock.advance(by: .seconds(5))
            _ = try await second.value
            #expect(rig.outcomes == ["t answered", "u dropped", "u answered"])
            #expect(rig.queries == ["0 t", "0 u"])
        }
    }

    /// A store that was reset grants the same slot again, so the bridge gives up the slot from before the reset.
    @Test func aSlotFromBeforeAResetIsGivenUp() async throws {
        try await FleetRig.run(1, rate: 2, burst: 1) { rig in
            _ = try await rig.read("t", by: 0)
            let second = Task { try await rig.read("u", by: 0, isUrgent: true) }
            await rig.waits(1)
            rig.fleet.flush()
            rig.fleet.announceGap()
            while rig.members[0].gaps == 0 { await Task.yield() }
            rig.clock.advance(by: .milliseconds(500))
            _ = try await second.value
            // The reset made the claim void, so the end of the claim causes no announcement.
            #expect(rig.outcomes == ["t answered", "u dropped", "u answered"])
            #expect(rig.queries == ["0 t", "0 u"])
        }
    }

    @Test func aQueryThatIsCancelledFreesItsTask() async throws {
        let gate = Gate()
        try await FleetRig.run(2, burst: 10) { rig in
            let first = Task { try await rig.read("t", by: 0) { try await gate.passUnlessCancelled() } }
            await gate.waiters(atLeast: 1)
            first.cancel()
            _ = await first.result
            #expect(rig.outcomes == ["t dropped"])
            _ = try await rig.read("t", by: 1)
            #expect(rig.queries == ["0 t", "1 t"])
        }
    }

    @Test func aBridgeThatLeavesIsNotWaitedFor() async throws {
        let gate = Gate()
        try await FleetRig.run(2, burst: 10) { rig in
            let first = Task { try await rig.read("t", by: 0) { await gate.pass() } }
            await gate.waiters(atLeast: 1)
            await rig.members[0].leave()
            let second = Task { try await rig.read("t", by: 1) }
            await rig.waits(1)
            // The announced claim is respected for one second, and not for the ninety seconds of its validity.
            rig.clock.advance(by: .seconds(1))
            _ = try await second.value
            #expect(rig.queries == ["0 t", "1 t"])
            gate.open()
            _ = try await first.value
        }
    }

    /// Without a key the fleet has no name, so the store cannot be opened. The first query with a key opens the store.
    @Test func theFirstQueryOpensTheStoreIfThatWasImpossibleBefore() async throws {
        let clock = ManualClock()
        let timeline = clock.timeline()
        let fleet = MemoryFleet { timeline.now }
        let bridge = FleetBridge(id: FleetBridge.ID(1), rate: 10, burst: 1, name: "one")
        let member = FleetMember(address: "memory", bridge: bridge, timeline: timeline)
        let tries = Mutex(0)
        let run = Task {
            try await member.run {
                let isFirst = tries.withLock { tries in
                    tries += 1
                    return tries == 1
                }
                if isFirst { throw CoverError(.missingCredentials, "no key") }
                return fleet.store()
            }
        }
        while tries.withLock(\.self) < 1 { await Task.yield() }
        #expect(member.statistics.state == .joining)
        let result = try await member.read("t", .own, isUrgent: true) { .success(.scripted("t", .pending)) }
        #expect(result.shared != nil && tries.withLock(\.self) == 2)
        run.cancel()
        _ = await run.result
    }

    @Test(
        arguments: [
            ("file:/run/covers", "/run/covers"), ("file:///run/covers", "/run/covers"),
            ("file://localhost/run/covers", "/run/covers"), ("/run/covers", "/run/covers"), ("covers", "covers"),
            ("./a:b", "./a:b"), ("FILE:covers", "covers"),
        ]
    )
    func anAddressIsAFile(_ text: String, _ path: String) throws {
        let address = try FleetAddress(parsing: text, isPublic: true)
        guard !path.hasPrefix("/") else {
            #expect(address == .file(path) && address.text == "file:" + path)
            return
        }
        // The address contains the absolute path, which begins with the working directory.
        #expect(address.text.hasPrefix("file:/") && address.text.hasSuffix("/" + path))
    }

    @Test(
        arguments: [
            ("", "names no file"), (" ", "names no file"), ("file:", "names no file"),
            ("file://elsewhere/run/covers", "another host"), ("https://host/", "no store of this kind"),
            ("redis://user:secret@host", "password"), ("redis://:secret@host", "password"),
        ]
    )
    func anInvalidAddressIsRefusedWithoutItsText(_ text: String, _ words: String) {
        let error = #expect(throws: FleetStoreError.self) { try FleetAddress(parsing: text, isPublic: true) }
        #expect(error?.kind == .unusable && error?.message.contains(words) == true)
        #expect(error?.message.contains("secret") == false)
    }
}
