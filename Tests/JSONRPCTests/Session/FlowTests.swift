import JSONRPC
import Jansson
import TestSupport
import Testing

/// Tests with a peer that reads slowly or does not read.
@Suite(.timeLimit(.minutes(5)))
struct FlowTests {
    private static func ping(_ id: Int) -> String { #"{"jsonrpc":"2.0","id":\#(id),"method":"ping"}"# }

    private static func large(_ id: Int, _ bytes: Int) -> String {
        #"{"jsonrpc":"2.0","id":\#(id),"method":"large","params":{"bytes":\#(bytes)}}"#
    }

    @Test func readingDoesNotWaitForWriting() async throws {
        let rig = SessionRig(capacity: 4096, isReading: false)
        for id in 0..<2000 { rig.client.send(Self.ping(id)) }
        rig.client.send(#"{"jsonrpc":"2.0","id":"end","method":"hold"}"#)
        // The session has received all requests, although the peer has read no answer.
        await rig.handler.gate.waiters(atLeast: 1)
        rig.handler.gate.open()
        rig.client.startReading()
        for id in 0..<2000 { #expect(await rig.client.line() == #"{"jsonrpc":"2.0","id":\#(id),"result":{}}"#) }
        #expect(await rig.client.line() == #"{"jsonrpc":"2.0","id":"end","result":"held"}"#)
    }

    @Test func readingPausesAboveTheLimitAndContinuesBelow() async throws {
        var configuration = Session.Configuration()
        configuration.maximumQueuedBytes = 50_000
        let clock = ManualClock()
        let rig = SessionRig(configuration, clock: clock, capacity: 4096, isReading: false)
        let text = String(repeating: "x", count: 1000)
        for id in 0..<1000 {
            rig.client.send(#"{"jsonrpc":"2.0","id":\#(id),"method":"echo","params":["\#(text)"]}"#)
        }
        // When reading pauses, the session begins to watch for a stalled peer. The sleeper belongs to this watch.
        await clock.sleepers(atLeast: 1)
        #expect(rig.session.statistics.queuedBytes < 60_000)
        #expect(rig.session.statistics.requests < 70)
        rig.client.startReading()
        for id in 0..<1000 {
            #expect(await rig.client.line() == #"{"jsonrpc":"2.0","id":\#(id),"result":["\#(text)"]}"#)
        }
        rig.client.endInput()
        #expect(try await rig.end == .endOfInput)
    }

    @Test(arguments: ["requests", "notifications"])
    func aPeerThatReadsNothingEndsTheSession(flood: String) async throws {
        var configuration = Session.Configuration()
        configuration.maximumQueuedBytes = 10_000
        let clock = ManualClock()
        let rig = SessionRig(configuration, clock: clock, capacity: 4096, isReading: false)
        rig.client.send(Self.large(1, 20_000), #"{"jsonrpc":"2.0","id":2,"method":"hold"}"#)
        if flood == "requests" {
            for id in 3..<50 { rig.client.send(Self.large(id, 20_000)) }
        } else {
            for _ in 0..<50 { rig.session.notify("tick", [String(repeating: "x", count: 1000)]) }
        }
        for _ in 0..<10 {
            await clock.sleepers(atLeast: 1)
            clock.advance(by: .seconds(30))
        }
        #expect(try await rig.end == .peerStalled)
        #expect(rig.session.statistics.queuedBytes == 0)
        #expect(rig.session.statistics.inFlight == 0)
    }

    @Test func theOutputAfterTheEndOfInputMayStallToo() async throws {
        let clock = ManualClock()
        let rig = SessionRig(clock: clock, capacity: 4096, isReading: false)
        rig.client.send(Self.large(1, 20_000))
        rig.client.endInput()
        for _ in 0..<10 {
            await clock.sleepers(atLeast: 1)
            clock.advance(by: .seconds(30))
        }
        #expect(try await rig.end == .peerStalled)
    }

    @Test(arguments: [Framing.newlineDelimited, .contentLength])
    func framesAreNeverSpliced(framing: Framing) async throws {
        var configuration = Session.Configuration()
        configuration.framing = framing
        let rig = SessionRig(configuration, capacity: 10_000, readBytes: 7777)
        let notifier = Task.detached { [session = rig.session] in
            var count = 0
            while !Task.isCancelled, count < 20_000 {
                session.notify("tick", [count])
                count += 1
                await Task.yield()
            }
            return count
        }
        for id in 0..<16 {
            let request = Self.large(id, 300_000)
            rig.client.sendRaw(
                framing == .newlineDelimited
                    ? request + "\n" : "Content-Length: \(request.utf8.count)\r\n\r\n\(request)"
            )
        }
        rig.client.endInput()
        let output = await rig.client.rest()
        #expect(try await rig.end == .endOfInput)
        notifier.cancel()
        var (replies, ticks): (Set<Int64>, [Int64]) = ([], [])
        for frame in frames(output, framing: framing).frames {
            guard case .message(let text) = frame else {
                Issue.record("no frame: \(frame)")
                continue
            }
            let message = try JSONValue(parsing: text)
            if let id = message["id"]?.integer {
                #expect(message["result"]?.string?.utf8.count == 300_000)
                replies.insert(id)
            } else if let tick = message["params"]?.element(0)?.integer {
                ticks.append(tick)
            }
        }
        #expect(replies == Set(0..<16))
        #expect(ticks == Array(0..<Int64(ticks.count)))
    }
}
