import Jansson
import TestSupport
import Testing

@testable import JSONRPC

/// Requests that the session makes. The tests check what the session writes, and how it handles each answer.
@Suite(.timeLimit(.minutes(5)))
struct RequestingTests {
    private static let ping = #"{"jsonrpc":"2.0","id":"p","method":"ping"}"#
    private static let pong = #"{"jsonrpc":"2.0","id":"p","result":{}}"#

    private static func rig(_ framing: Framing, clock: ManualClock = ManualClock()) -> SessionRig {
        var configuration = Session.Configuration()
        configuration.framing = framing
        return SessionRig(configuration, clock: clock)
    }

    /// An answer of the peer without its braces, and the result for the caller.
    static let answers: [(String, String)] = [
        (#""jsonrpc":"2.0","id":1,"result":{"a":[1,"é"]}"#, #"{"a":[1,"\u00e9"]}"#),
        (#""jsonrpc":"2.0","id":1,"result":null"#, "null"),
        (#""result":false,"id": 1 ,"jsonrpc":"2.0""#, "false"),
        (#""jsonrpc":"2.0","id":1,"result":7,"error":null"#, "7"),
        (#""id":1,"result":7"#, "7"),
        (#""jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"no"}"#, "refused -32601 no -"),
        (#""jsonrpc":"2.0","id":1,"result":null,"error":{"code":1,"message":"","data":[2]}"#, "refused 1  [2]"),
        (#""jsonrpc":"2.0","id":1,"error":"no""#, "malformedAnswer"),
        (#""jsonrpc":"2.0","id":1,"error":{"code":"1","message":"no"}"#, "malformedAnswer"),
        (#""jsonrpc":"2.0","id":1,"error":{"code":1}"#, "malformedAnswer"),
        (#""jsonrpc":"2.0","id":1,"error":null"#, "malformedAnswer"),
        (#""jsonrpc":"2.0","id":1"#, "malformedAnswer"), (#""id":1"#, "malformedAnswer"),
        (#""jsonrpc":"2.0","id":1,"result":1,"result":2"#, "malformedAnswer"),
        (#""jsonrpc":"2.0","id":1,"result":{"a":1,"a":2}"#, "malformedAnswer"),
    ]

    @Test(arguments: answers, Framing.allCases)
    func anAnswerReachesTheCaller(answer: (String, String), framing: Framing) async throws {
        for (opening, closing) in [("{", "}"), ("[{", "}]")] {
            let rig = Self.rig(framing)
            async let outcome = rig.outcome("ask/it", ["x": 1])
            #expect(
                await rig.client.message(framing)
                    == #"{"jsonrpc":"2.0","id":1,"method":"ask/it","params":{"x":1}}"#
            )
            rig.client.send(opening + answer.0 + closing, Self.ping, in: framing)
            #expect(await outcome == answer.1)
            #expect(await rig.client.message(framing) == Self.pong)
            #expect(rig.session.statistics.outgoing == 0)
        }
    }

    /// The session refuses a whole batch that nests too deep. So this test sends the answer without a batch.
    @Test func anAnswerThatNestsTooDeepIsMalformed() async {
        let rig = Self.rig(.newlineDelimited)
        async let outcome = rig.outcome("ask")
        _ = await rig.client.line()
        let deep = String(repeating: "[", count: 70) + String(repeating: "]", count: 70)
        rig.client.send(#"{"jsonrpc":"2.0","id":1,"result":\#(deep)}"#, Self.ping)
        #expect(await outcome == "malformedAnswer")
        #expect(await rig.client.line() == Self.pong)
    }

    @Test func withoutParametersTheMemberIsLeftOut() async {
        let rig = SessionRig()
        rig.client.send(Self.ping)
        #expect(await rig.client.line() == Self.pong)
        async let outcome = rig.outcome("refresh")
        #expect(await rig.client.line() == #"{"jsonrpc":"2.0","id":1,"method":"refresh"}"#)
        rig.client.send(#"{"jsonrpc":"2.0","id":1,"result":null}"#)
        #expect(await outcome == "null")
    }

    /// Ids that are not the same text as the id of the request.
    @Test(arguments: [
        #""1""#, "1.0", "1e0", "10", "0", "-1", "2", "null", "18446744073709551617", "9223372036854775808", #""""#,
    ])
    func anUnexpectedAnswerIsIgnored(id: String) async {
        let rig = SessionRig()
        async let outcome = rig.outcome("ask")
        rig.client.send(Self.ping)
        let lines = [await rig.client.line(), await rig.client.line()]
        #expect(lines.contains(Self.pong))
        rig.client.send(
            #"{"jsonrpc":"2.0","id":\#(id),"result":"wrong"}"#,
            #"{"jsonrpc":"2.0","id":\#(id),"error":{"code":1,"message":"wrong"}}"#,
            #"{"jsonrpc":"2.0","id":\#(id),"result":1,"result":2}"#,
            #"{"jsonrpc":"2.0","result":"wrong"}"#,
            Self.ping,
            #"{"jsonrpc":"2.0","id":1,"result":"right"}"#,
            #"{"jsonrpc":"2.0","id":1,"result":"again"}"#,
            #"{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"again"}}"#,
            Self.ping
        )
        #expect(await outcome == #""right""#)
        #expect(await rig.client.line() == Self.pong)
        #expect(await rig.client.line() == Self.pong)
    }

    @Test(arguments: [Cancellation.languageServer, .modelContext], Framing.allCases)
    func aTimeLimitCancelsTheRequest(kind: Cancellation, framing: Framing) async {
        let clock = ManualClock()
        var configuration = Session.Configuration()
        configuration.framing = framing
        configuration.cancellation = kind
        let rig = SessionRig(configuration, clock: clock)
        async let outcome = rig.outcome("ask", within: .seconds(5))
        #expect(await rig.client.message(framing) == #"{"jsonrpc":"2.0","id":1,"method":"ask"}"#)
        await clock.sleepers(atLeast: 1)
        clock.advance(by: .seconds(4))
        #expect(rig.session.statistics.outgoing == 1)
        clock.advance(by: .seconds(1))
        #expect(await outcome == "timedOut")
        #expect(await rig.client.message(framing) == Self.cancellation(of: 1, kind))
        rig.client.send(#"{"jsonrpc":"2.0","id":1,"result":"late"}"#, Self.ping, in: framing)
        #expect(await rig.client.message(framing) == Self.pong)
    }

    @Test func anAnswerEndsTheTimer() async {
        let clock = ManualClock()
        let rig = SessionRig(clock: clock)
        async let outcome = rig.outcome("ask", within: .seconds(5))
        await clock.sleepers(atLeast: 1)
        rig.client.send(#"{"jsonrpc":"2.0","id":1,"result":1}"#)
        #expect(await outcome == "1")
        #expect(clock.sleeperCount == 0)
    }

    @Test(arguments: [Cancellation.languageServer, .modelContext])
    func cancellingTheTaskCancelsTheRequest(kind: Cancellation) async {
        var configuration = Session.Configuration()
        configuration.cancellation = kind
        configuration.framing = .newlineDelimited
        let rig = SessionRig(configuration)
        let asking = Task { await rig.outcome("ask") }
        #expect(await rig.client.line() == #"{"jsonrpc":"2.0","id":1,"method":"ask"}"#)
        asking.cancel()
        #expect(await asking.value == "cancelled")
        #expect(await rig.client.line() == Self.cancellation(of: 1, kind))
        #expect(rig.session.statistics.outgoing == 0)
        rig.client.send(#"{"jsonrpc":"2.0","id":1,"result":"late"}"#, Self.ping)
        #expect(await rig.client.line() == Self.pong)
    }

    @Test func aCancelledTaskSendsNothing() async {
        let rig = Self.rig(.newlineDelimited)
        let gate = Gate()
        let asking = Task {
            await gate.pass()
            return await rig.outcome("ask")
        }
        asking.cancel()
        gate.open()
        #expect(await asking.value == "cancelled")
        rig.client.send(Self.ping)
        #expect(await rig.client.line() == Self.pong)
        #expect(rig.session.statistics.outgoing == 0)
    }

    @Test func moreThanTheLimitAreRefusedUnsent() async {
        var configuration = Session.Configuration()
        configuration.maximumOutgoing = 2
        configuration.framing = .newlineDelimited
        let rig = SessionRig(configuration)
        async let first = rig.outcome("ask")
        async let second = rig.outcome("ask")
        _ = await (rig.client.line(), rig.client.line())
        #expect(await rig.outcome("ask") == "overloaded")
        rig.client.send(#"{"jsonrpc":"2.0","id":2,"result":2}"#, Self.ping)
        #expect(await rig.client.line() == Self.pong)
        async let third = rig.outcome("ask")
        #expect(await rig.client.line() == #"{"jsonrpc":"2.0","id":3,"method":"ask"}"#)
        rig.client.send(#"{"jsonrpc":"2.0","id":1,"result":1}"#, #"{"jsonrpc":"2.0","id":3,"result":3}"#)
        #expect(await [first, second, third].sorted() == ["1", "2", "3"])
    }

    static func cancellation(of id: Int, _ kind: Cancellation) -> String {
        switch kind {
        case .languageServer: #"{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":\#(id)}}"#
        case .modelContext: #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":\#(id)}}"#
        }
    }
}

extension SessionRig {
    /// The outcome of a request of the session, as text: the result in JSON, the peer's error, or the kind of the
    /// failure.
    func outcome(
        _ method: String,
        _ params: [String: Int]? = nil,
        within limit: Duration? = nil
    ) async -> String {
        do {
            return try await session.request(method, params.map(Numbers.init), within: limit).jsonText
        } catch {
            guard case .refused(let error) = error.reason else { return error.kind }
            return "refused \(error.code) \(error.message) \(error.data?.jsonText ?? "-")"
        }
    }

    private struct Numbers: JSONEncodable {
        let members: [String: Int]

        init(_ members: [String: Int]) { self.members = members }

        func encode(to writer: inout JSONWriter) {
            writer.object { for (name, value) in members { $0.member(name, value) } }
        }
    }
}
