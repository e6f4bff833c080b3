import APITestSupport
import CoverModel
import Jansson
import Testing

/// Tests `cover/callback` in a session of a bridge that has no webhook key.
@Suite(.timeLimit(.minutes(5)))
struct CallbackTests {
    @Test func `the watch of the task hears of it at once`() async throws {
        let pending = ScriptedExchange.Reply.json(ServiceRig.envelope(#"{"successFlag":0}"#))
        let exchange = ScriptedExchange([pending, .json(ServiceRig.envelope(ServiceRig.record))])
        try await ServiceRig(source: nil, exchange: exchange).run { rig in
            _ = try await rig.call("cover/watch", #"[["t-1"],86400]"#)
            #expect(try await rig.message()["params"]?["status"]?["state"]?.string == "pending")
            rig.send("cover/callback", #"{"body":{"code":200,"data":{"taskId":"t-1"}}}"#, id: "1")
            let messages = [try await rig.message(), try await rig.message()]
            let answer = try #require(messages.first { $0["id"] != nil }?["result"])
            #expect(answer["taskId"]?.string == "t-1" && answer["verified"]?.isNull == true)
            #expect(answer["status"]?["state"]?.string == "succeeded")
            #expect(messages.contains { $0["params"]?["final"]?.bool == true })
            #expect(exchange.requests.count == 2)
        }
    }

    @Test func `a stranger's task costs no query`() async throws {
        try await ServiceRig().run { rig in
            let error = try await rig.call("cover/callback", #"{"body":"{\"taskId\":\"t-1\"}"}"#)["error"]
            #expect(error?["data"]?["kind"]?.string == "taskNotFound")
            #expect(error?["data"]?["taskId"]?.string == "t-1")
            #expect(rig.exchange.requests.isEmpty)
        }
    }

    @Test(arguments: [
        ("{}", "body"), (#"{"body":"<html>"}"#, "body"), (#"{"body":{"code":200}}"#, "body"), (#"{"body":7}"#, "body"),
        (#"{"body":{"taskId":"t"},"signature":7}"#, "signature"),
        (#"{"body":{"taskId":"t"},"timestamp":true}"#, "timestamp"),
        (#"{"body":{"taskId":"t"},"timestamp":1.5}"#, "timestamp"),
    ])
    func `a body that names no task is an invalid parameter`(params: String, parameter: String) async throws {
        try await ServiceRig().run { rig in
            let error = try await rig.call("cover/callback", params)["error"]
            #expect(error?["code"]?.integer == -32602)
            #expect(error?["data"]?["parameter"]?.string == parameter)
        }
    }
}
