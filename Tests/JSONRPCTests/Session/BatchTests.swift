import JSONRPC
import Jansson
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5)))
struct BatchTests {
    private static func request(_ id: Int, _ method: String) -> String {
        #"{"jsonrpc":"2.0","id":\#(id),"method":"\#(method)"}"#
    }

    @Test func aSlowMemberDelaysOnlyItsOwnBatch() async throws {
        let rig = SessionRig()
        rig.client.send("[\(Self.request(1, "ping")),\(Self.request(2, "hold")),\(Self.request(3, "refuseLate"))]")
        rig.client.send("[\(Self.request(4, "late")),\(Self.request(5, "ping"))]", Self.request(6, "ping"))
        var lines = [await rig.client.line(), await rig.client.line()].compactMap(\.self)
        lines.sort()
        #expect(
            lines == [
                #"[{"jsonrpc":"2.0","id":4,"result":{}},{"jsonrpc":"2.0","id":5,"result":{}}]"#,
                #"{"jsonrpc":"2.0","id":6,"result":{}}"#,
            ]
        )
        rig.handler.gate.open()
        let slow = await rig.client.line()
        #expect(
            slow?.hasPrefix(
                #"[{"jsonrpc":"2.0","id":1,"result":{}},{"jsonrpc":"2.0","id":2,"result":"held"},{"jsonrpc":"2.0","id":3,"#
            ) == true
        )
        #expect(slow?.contains(#""error":{"code":429,"#) == true)
    }

    @Test func aBatchOfNotificationsIsNotAnswered() async throws {
        let notification = #"{"jsonrpc":"2.0","method":"tick"}"#
        #expect(try await SessionRig.answers(to: ["[\(notification),\(notification)]"]).isEmpty)
    }

    @Test func aThousandMembersAreAnsweredInOrder() async throws {
        let members = (0..<1000).map { Self.request($0, $0 % 2 == 0 ? "ping" : "late") }
        let lines = try await SessionRig.answers(to: ["[\(members.joined(separator: ","))]"])
        #expect(lines.count == 1)
        let ids = try JSONValue(parsing: lines.first ?? "").elements?.compactMap { $0["id"]?.integer }
        #expect(ids == Array(0..<1000))
    }

    @Test func aBatchThatIsNotJSONRunsNothing() async throws {
        let rig = SessionRig()
        rig.client.send("[\(Self.request(1, "hold")),]", "[\(Self.request(1, "hold")) \(Self.request(2, "hold"))]")
        rig.client.endInput()
        #expect(try await rig.end == .endOfInput)
        #expect(rig.handler.calls.isEmpty)
    }

    @Test func errorsOfEveryKindHaveTheirForm() async throws {
        for (method, code, kind) in [
            ("refuse", 404, "taskNotFound"), ("refuseLate", 429, "rateLimited"), ("break", -32603, "internalError"),
            ("subtract", -32602, "invalidParams"),
        ] {
            let lines = try await SessionRig.answers(to: [Self.request(1, method)])
            let error = try JSONValue(parsing: lines.first ?? "")["error"]
            #expect(error?["code"]?.integer == Int64(code))
            #expect(error?["message"]?.string?.isEmpty == false)
            #expect(error?["data"]?["kind"]?.string == kind)
            #expect(error?["data"]?["retryable"]?.bool == (method == "refuseLate"))
            #expect(error?["data"]?["parameter"]?.string == (method == "subtract" ? "minuend" : nil))
        }
    }

    @Test func aMessageOverTheLimitIsAnsweredAndTheNextServed() async throws {
        var configuration = Session.Configuration()
        configuration.maximumMessageBytes = 100
        let lines = try await SessionRig.answers(
            to: [String(repeating: "[", count: 300_000), Self.request(1, "ping")],
            configuration
        )
        #expect(lines.count == 2)
        #expect(lines.first?.hasPrefix(#"{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"#) == true)
        #expect(lines.first?.contains(#""kind":"messageTooLarge""#) == true)
        #expect(lines.last == #"{"jsonrpc":"2.0","id":1,"result":{}}"#)
    }
}
