import JSONRPC
import TestSupport
import Testing

/// A cancellation may come in every state of a request. The request always has exactly one outcome.
@Suite(.timeLimit(.minutes(5)))
struct CancellationTests {
    private static func request(_ id: String, _ method: String) -> String {
        #"{"jsonrpc":"2.0","id":\#(id),"method":"\#(method)"}"#
    }

    private static func cancel(_ id: String) -> String {
        #"{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":\#(id)}}"#
    }

    private static func isCancelled(_ line: String?, _ id: String) -> Bool {
        guard let line else { return false }
        return line.hasPrefix(#"{"jsonrpc":"2.0","id":\#(id),"error":{"code":-32800,"#)
            && line.contains(#""data":{"kind":"cancelled","#)
    }

    /// The text of the id in the request and in the cancellation, and whether both are the same id.
    @Test(arguments: [
        ("1", "1", true), ("\"a\"", "\"a\"", true), ("\"a\"", "\"\\u0061\"", true), ("\"1\"", "1", false),
        ("1", "\"1\"", false), ("1", "1.0", false), ("1", "1e0", false), ("null", "null", true),
        ("9223372036854775808", "9223372036854775808", true), ("9223372036854775808", "9223372036854775809", false),
        ("9007199254740993", "9007199254740992", false), ("1e400", "1e400", true), ("1", "[1]", false),
        ("1", "true", false),
        ("1", "{\"id\":1}", false), ("\"\"", "null", false),
    ])
    func aCancellationMatchesOnlyTheSameID(sent: String, cancelled: String, isSame: Bool) async throws {
        let rig = SessionRig()
        rig.client.send(Self.request(sent, "hold"), Self.cancel(cancelled), Self.request("\"next\"", "ping"))
        if isSame { #expect(Self.isCancelled(await rig.client.line(), sent)) }
        #expect(await rig.client.line() == #"{"jsonrpc":"2.0","id":"next","result":{}}"#)
        rig.handler.gate.open()
        rig.client.endInput()
        let rest = await String(decoding: rig.client.rest(), as: UTF8.self)
        #expect(rest == (isSame ? "" : #"{"jsonrpc":"2.0","id":\#(sent),"result":"held"}"# + "\n"))
        #expect(try await rig.end == .endOfInput)
    }

    @Test(arguments: [
        #"{"jsonrpc":"2.0","method":"$/cancelRequest"}"#,
        #"{"jsonrpc":"2.0","method":"$/cancelRequest","params":null}"#,
        #"{"jsonrpc":"2.0","method":"$/cancelRequest","params":{}}"#,
        #"{"jsonrpc":"2.0","method":"$/cancelRequest","params":[]}"#,
        #"{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":77}}"#,
        #"{"jsonrpc":"2.0","method":"$/unknown","params":{"id":1}}"#,
    ])
    func aCancellationWithoutATargetIsIgnored(line: String) async throws {
        #expect(try await SessionRig.answers(to: [Self.request("1", "ping"), line]).count == 1)
    }

    @Test func acceptsTheIDByPositionAndWithEscapes() async throws {
        let rig = SessionRig()
        rig.client.send(
            Self.request("1", "hold"),
            Self.request("2", "hold"),
            #"{"jsonrpc":"2.0","method":"$/cancelRequest","params":[1]}"#,
            #"{"params":{"x":{"id":1},"\u0069d": 2 },"jsonrpc":"2.0","method":"$\/cancelRequest"}"#
        )
        #expect(Self.isCancelled(await rig.client.line(), "1"))
        #expect(Self.isCancelled(await rig.client.line(), "2"))
        rig.client.endInput()
        #expect(try await rig.end == .endOfInput)
    }

    @Test func answersOnceWhenCancelledTwiceOrAfterwards() async throws {
        let rig = SessionRig()
        rig.client.send(Self.request("1", "insist"))
        await rig.handler.gate.waiters(atLeast: 1)
        rig.client.send(Self.cancel("1"), Self.cancel("1"))
        #expect(Self.isCancelled(await rig.client.line(), "1"))
        // The id can be used again, although the task of the first request still runs.
        rig.client.send(Self.request("1", "ping"), Self.cancel("1"))
        #expect(await rig.client.line() == #"{"jsonrpc":"2.0","id":1,"result":{}}"#)
        rig.handler.gate.open()
        await rig.handler.settlements(atLeast: 1)
        #expect(rig.handler.settlements == [false])
        rig.client.endInput()
        #expect(await rig.client.rest().isEmpty)
    }

    @Test func aLaterRequestOfTheSameIDIsNotTheEarlierOne() async throws {
        let rig = SessionRig()
        rig.client.send(Self.request("1", "insist"))
        await rig.handler.gate.waiters(atLeast: 1)
        rig.client.send(Self.cancel("1"), Self.request("1", "insist"))
        #expect(Self.isCancelled(await rig.client.line(), "1"))
        await rig.handler.gate.waiters(atLeast: 2)
        rig.handler.gate.open()
        #expect(await rig.client.line() == #"{"jsonrpc":"2.0","id":1,"result":"held"}"#)
        await rig.handler.settlements(atLeast: 2)
        #expect(rig.handler.settlements.sorted { !$0 && $1 } == [false, true])
        rig.client.endInput()
        #expect(await rig.client.rest().isEmpty)
    }

    @Test func cancelsAMemberOfABatch() async throws {
        let rig = SessionRig()
        rig.client.send("[\(Self.request("1", "ping")),\(Self.request("2", "hold")),\(Self.request("3", "hold"))]")
        rig.client.send(Self.cancel("1"), Self.cancel("2"), Self.request("4", "ping"))
        #expect(await rig.client.line() == #"{"jsonrpc":"2.0","id":4,"result":{}}"#)
        rig.client.send(Self.cancel("3"))
        let parts = await rig.client.line()?.components(betweenBraces: 3) ?? []
        #expect(parts.first == #"[{"jsonrpc":"2.0","id":1,"result":{}}"#)
        #expect(parts.count == 3)
        #expect(parts.dropFirst().allSatisfy { $0.contains("-32800") })
        rig.client.endInput()
        #expect(await rig.client.rest().isEmpty)
    }

    @Test func aBatchMayCancelItsOwnMembers() async throws {
        let lines = try await SessionRig.answers(to: [
            "[\(Self.cancel("1")),\(Self.request("1", "hold")),\(Self.cancel("1"))]"
        ])
        #expect(lines.count == 1)
        #expect(Self.isCancelled(lines.first.map { String($0.dropFirst()) }, "1"))
    }

    @Test func aCancellationWithAnIDIsACallOfAnUnknownMethod() async throws {
        let lines = try await SessionRig.answers(to: [
            #"{"jsonrpc":"2.0","id":1,"method":"$/cancelRequest","params":{"id":1}}"#
        ])
        #expect(lines.count == 1)
        #expect(lines.first?.contains(#""id":1,"error":{"code":-32601,"#) == true)
    }

    @Test func refusesMoreThanTheLimitInFlight() async throws {
        var configuration = Session.Configuration()
        configuration.maximumInFlight = 2
        let rig = SessionRig(configuration)
        rig.client.send(
            Self.request("1", "hold"),
            "[\(Self.request("2", "hold"))]",
            Self.request("3", "hold"),
            Self.request("4", "ping"),
            Self.cancel("1")
        )
        let refusal = await rig.client.line()
        #expect(refusal?.hasPrefix(#"{"jsonrpc":"2.0","id":3,"error":{"code":-32001,"#) == true)
        #expect(refusal?.contains(#""data":{"kind":"overloaded","retryable":true}"#) == true)
        #expect(await rig.client.line() == #"{"jsonrpc":"2.0","id":4,"result":{}}"#)
        #expect(Self.isCancelled(await rig.client.line(), "1"))
        #expect(rig.session.statistics.inFlight == 1)
        rig.client.send(Self.request("5", "late"))
        #expect(await rig.client.line() == #"{"jsonrpc":"2.0","id":5,"result":{}}"#)
        rig.handler.gate.open()
        #expect(await rig.client.line() == #"[{"jsonrpc":"2.0","id":2,"result":"held"}]"#)
    }
}

extension String {
    /// Splits the answer to a batch roughly into its members.
    fileprivate func components(betweenBraces count: Int) -> [String] {
        split(separator: #",{"jsonrpc""#, maxSplits: count - 1).map(String.init)
    }
}
