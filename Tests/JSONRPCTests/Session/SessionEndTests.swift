import JSONRPC
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5)))
struct SessionEndTests {
    static let hold = #"{"jsonrpc":"2.0","id":1,"method":"hold"}"#
    static let ping = #"{"jsonrpc":"2.0","id":2,"method":"ping"}"#
    static let largeEcho =
        #"{"jsonrpc":"2.0","id":5,"method":"echo","params":["\#(String(repeating: "x", count: 100_000))"]}"#
    static let exit = #"{"jsonrpc":"2.0","method":"exit"}"#
    static let stopping = #"{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"#

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test func anEmptyInputEndsAtOnce() async throws {
        let rig = SessionRig()
        rig.client.endInput()
        #expect(try await rig.end == .endOfInput)
        #expect(await rig.client.rest().isEmpty)
    }

    @Test func theEndOfInputWaitsForTheRequestsThatWereRead() async throws {
        let rig = SessionRig()
        rig.client.send(Self.hold)
        rig.client.endInput()
        await rig.handler.gate.waiters(atLeast: 1)
        rig.handler.gate.open()
        #expect(await rig.client.line() == #"{"jsonrpc":"2.0","id":1,"result":"held"}"#)
        #expect(try await rig.end == .endOfInput)
    }

    @Test(arguments: [true, false])
    func exitEndsWithACodeForAnOrderlyEndOrNot(isOrderly: Bool) async throws {
        let rig = SessionRig()
        rig.client.send(Self.hold)
        if isOrderly {
            rig.client.send(#"{"jsonrpc":"2.0","id":9,"method":"shutdown"}"#, Self.ping)
            #expect(await rig.client.line() == #"{"jsonrpc":"2.0","id":9,"result":null}"#)
            let refusal = await rig.client.line()
            #expect(refusal?.hasPrefix(#"{"jsonrpc":"2.0","id":2,"error":{"code":-32600,"#) == true)
            #expect(refusal?.contains(#""kind":"shuttingDown""#) == true)
        }
        rig.client.send(Self.exit)
        #expect(await rig.client.line()?.hasPrefix(Self.stopping) == true)
        #expect(try await rig.end == .exit(afterShutdown: isOrderly))
        #expect(await rig.client.rest().isEmpty)
    }

    @Test(arguments: ["stop", "cancel"])
    func stoppingAnswersRequestsInFlight(way: String) async throws {
        let rig = SessionRig()
        rig.client.send(Self.hold, #"[{"jsonrpc":"2.0","id":3,"method":"insist"},\#(Self.ping)]"#)
        await rig.handler.gate.waiters(atLeast: 2)
        if way == "stop" { rig.session.stop() } else { rig.cancel() }
        #expect(await rig.client.line()?.hasPrefix(Self.stopping) == true)
        let batch = await rig.client.line()
        #expect(batch?.hasPrefix(#"[{"jsonrpc":"2.0","id":3,"error":{"code":-32000,"#) == true)
        #expect(batch?.hasSuffix(#",{"jsonrpc":"2.0","id":2,"result":{}}]"#) == true)
        #expect(try await rig.end == .stopped)
        #expect(await rig.client.rest().isEmpty)
        rig.handler.gate.open()
    }

    /// The peer must not simply repeat a request whose work may have had an effect.
    @Test(arguments: ["exit", "stop", "cancel"])
    func theErrorNamesTheEffectOfTheWorkThatRuns(way: String) async throws {
        let rig = SessionRig()
        rig.client.send(#"{"jsonrpc":"2.0","id":1,"method":"pay"}"#)
        await rig.handler.gate.waiters(atLeast: 1)
        switch way {
        case "exit": rig.client.send(Self.exit)
        case "stop": rig.session.stop()
        default: rig.client.send(#"{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":1}}"#)
        }
        let answer = try #require(await rig.client.line())
        #expect(answer.contains(". It may be paid.\"") && !answer.contains("repeat"))
        rig.client.endInput()
    }

    @Test func workThatHasNotBegunHasNoEffect() async throws {
        let rig = SessionRig()
        rig.client.sendRaw(#"{"jsonrpc":"2.0","id":1,"method":"pay"}"# + "\n" + Self.exit + "\n")
        let answer = try #require(await rig.client.line())
        #expect(answer.contains("repeat the request") && !answer.contains("paid"))
    }

    @Test func aStopBeforeTheFirstByteWritesNothing() async throws {
        let rig = SessionRig()
        rig.session.notify("late", [1])
        rig.session.stop()
        #expect(try await rig.end == .stopped)
        #expect(await rig.client.rest().isEmpty)
    }

    @Test(arguments: [true, false])
    func anEndDoesNotWaitForAPeerThatDoesNotRead(isStop: Bool) async throws {
        let clock = ManualClock()
        let rig = SessionRig(clock: clock, capacity: 4096, isReading: false)
        rig.client.send(Self.largeEcho, Self.hold)
        await rig.handler.gate.waiters(atLeast: 1)
        if isStop { rig.session.stop() } else { rig.client.send(Self.exit) }
        await clock.sleepers(atLeast: 1)
        clock.advance(by: .milliseconds(1500))
        #expect(try await rig.end == .outputUnread(afterStop: isStop))
    }

    @Test func aStopWorksWhileTheRestIsSent() async throws {
        let clock = ManualClock()
        let rig = SessionRig(clock: clock, capacity: 4096, isReading: false)
        rig.client.send(#"{"jsonrpc":"2.0","id":1,"method":"large","params":[100000]}"#)
        rig.client.endInput()
        // When all requests are answered, the session begins to watch for a stalled peer.
        // The sleeper belongs to this watch.
        await clock.sleepers(atLeast: 1)
        rig.session.stop()
        await clock.sleepers(atLeast: 2)
        clock.advance(by: .milliseconds(1500))
        #expect(try await rig.end == .outputUnread(afterStop: true))
    }

    @Test func aPeerThatDisappearsEndsTheSession() async throws {
        let rig = SessionRig(isReading: false)
        rig.client.send(Self.hold, #"{"jsonrpc":"2.0","id":4,"method":"hold"}"#)
        await rig.handler.gate.waiters(atLeast: 2)
        rig.client.close()
        rig.session.notify("gone", [1])
        #expect(try await rig.end == .outputClosed)
        // All work was cancelled, so no task waits at the gate any more.
        #expect(rig.session.statistics.inFlight == 0)
    }

    /// The peer does not read, so the output is full, but it is not closed. Work that waits for the output must not
    /// delay the end.
    @Test(arguments: [false, true])
    func aHangUpEndsTheSessionEvenWithFullOutput(inputEnds: Bool) async throws {
        let clock = ManualClock()
        let rig = SessionRig(clock: clock, capacity: 4096, isReading: false)
        rig.client.send(#"{"jsonrpc":"2.0","id":1,"method":"large","params":[100000]}"#)
        if inputEnds {
            rig.client.endInput()
            // When all requests are answered, the session begins to watch for a stalled peer.
            // The sleeper belongs to this watch.
            await clock.sleepers(atLeast: 1)
        }
        rig.session.hangUp()
        #expect(try await rig.end == .outputClosed)
    }

    @Test func noMessageIsHandledAfterTheEnd() async throws {
        let rig = SessionRig()
        rig.client.send(Self.ping)
        _ = await rig.client.line()
        rig.session.stop()
        #expect(try await rig.end == .stopped)
        rig.client.send(Self.ping, Self.exit)
        await rig.client.allSent()
        #expect(rig.handler.calls == ["ping"])
    }

    @Test func aFastNotifierDoesNotKeepTheSessionAlive() async throws {
        let rig = SessionRig()
        rig.client.send(Self.hold)
        await rig.handler.gate.waiters(atLeast: 1)
        let notifier = Task.detached { [session = rig.session] in
            while !Task.isCancelled { session.notify("tick", [1]) }
        }
        rig.client.endInput()
        rig.handler.gate.open()
        #expect(try await rig.end == .endOfInput)
        notifier.cancel()
    }
}
