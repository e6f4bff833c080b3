import JSONRPC
import TestSupport
import Testing

/// A reply learns that its response waits for the other members of a batch, and when the response is queued.
@Suite(.timeLimit(.minutes(5)))
struct DeliveryTests {
    private static func request(_ id: Int, _ method: String) -> String {
        #"{"jsonrpc":"2.0","id":\#(id),"method":"\#(method)"}"#
    }

    @Test func `a reply is held until its batch is complete`() async throws {
        let rig = SessionRig()
        rig.client.send("[\(Self.request(1, "hold")),\(Self.request(2, "ask"))]")
        let question = try #require(await rig.client.line())
        #expect(question.contains(#""method":"question""#))
        await rig.handler.gate.waiters(atLeast: 1)
        rig.handler.gate.open()
        await rig.handler.heldReplies(atLeast: 1)
        #expect(rig.handler.settlements.isEmpty)
        rig.client.send(#"{"jsonrpc":"2.0","id":1,"result":42}"#)
        #expect(
            await rig.client.line()
                == #"[{"jsonrpc":"2.0","id":1,"result":"held"},{"jsonrpc":"2.0","id":2,"result":42}]"#
        )
        await rig.handler.settlements(atLeast: 1)
        #expect(rig.handler.settlements == [true])
    }

    @Test func `a reply outside of a batch is never held`() async throws {
        let rig = SessionRig()
        rig.client.send(Self.request(1, "hold"), "[\(Self.request(2, "hold"))]")
        await rig.handler.gate.waiters(atLeast: 2)
        rig.handler.gate.open()
        await rig.handler.settlements(atLeast: 2)
        #expect(rig.handler.heldReplies == 1)
    }
}
