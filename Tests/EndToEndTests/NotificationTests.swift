import Jansson
import Testing

/// Tests the notifications that the bridge sends.
@Suite @EndToEnd struct NotificationTests {
    private let bridge: BridgeProcess

    init() throws { bridge = try BridgeProcess("serve", "--sandbox", "--rate", "1000") }

    @Test(arguments: [
        ("unauthorized", 401), ("nocredits", 402), ("disabled", 505),
    ])
    func `a watch that cannot continue ends with the reason`(_ taskId: String, _ code: Int64) throws {
        _ = try bridge.call("cover/watch", #"{"taskIds":["\#(taskId)"],"interval":0.1}"#)
        let end = try bridge.notification("cover/watchEnded")
        #expect(end["taskId"]?.string == taskId)
        #expect(end["sequence"]?.integer == 1)
        #expect(end["reason"]?.string == end["error"]?["data"]?["kind"]?.string)
        #expect(end["error"]?["code"]?.integer == code)
        #expect(try bridge.call("cover/watches")["result"]?["watches"]?.count == 0)
        let changes = try bridge.call("cover/changes")["result"]?["changes"]
        #expect(changes?.elements?.map(\.jsonText) == [end.jsonText])
    }

    @Test func `a watch ends by its timeout, and shares the numbering`() throws {
        _ = try bridge.call("cover/watch", #"{"taskIds":["pending"],"interval":0.1,"timeout":1}"#)
        #expect(try bridge.notification("cover/statusChanged")["sequence"]?.integer == 1)
        let end = try bridge.notification("cover/watchEnded")
        #expect(end["sequence"]?.integer == 2)
        #expect(end["reason"]?.string == "timeout")
        let (output, code) = try bridge.finish()
        #expect(output.isEmpty)
        #expect(code == 0)
    }

    @Test func `a rate limit is reported, and its end`() throws {
        _ = try bridge.call("cover/watch", #"{"taskIds":["ratelimit-2s"],"interval":0.2}"#)
        let limited = try bridge.notification("bridge/healthChanged")
        #expect(limited["state"]?.string == "rateLimited")
        #expect(limited["retryAt"]?.string != nil)
        #expect(limited["message"]?.string?.isEmpty == false)
        let change = try bridge.notification("cover/statusChanged")
        #expect(change["final"]?.bool == true)
        #expect(try bridge.notification("bridge/healthChanged")["state"]?.string == "ok")
        #expect(!bridge.notifications.contains { $0["method"]?.string == "cover/watchEnded" })
    }

    @Test func `an unreachable API is reported`() throws {
        let bridge = try BridgeProcess(
            "serve",
            "--endpoint",
            "http://127.0.0.1:1",
            environment: ["KIE_API_KEY": "anything"]
        )
        _ = try bridge.call("cover/watch", #"{"taskIds":["any"],"interval":1,"timeout":600}"#)
        #expect(try bridge.notification("bridge/healthChanged")["state"]?.string == "unreachable")
        #expect(try bridge.finish().code == 0)
    }

    @Test func `a step back is not sent`() throws {
        _ = try bridge.call("cover/watch", #"{"taskIds":["flicker-2s"],"interval":0.1}"#)
        var states: [String?] = []
        while states.last != "succeeded" {
            states.append(try bridge.notification("cover/statusChanged")["status"]?["state"]?.string)
        }
        #expect(states == ["pending", "generating", "succeeded"])
        #expect((try bridge.call("bridge/stats")["result"]?["watch"]?["backwards"]?.integer ?? 0) >= 1)
    }

    @Test func `a watch of a final task sends one change`() throws {
        for round in 1...2 {
            _ = try bridge.call("cover/watch", #"{"taskIds":["success-0s"],"interval":0.05}"#)
            let change = try bridge.notification("cover/statusChanged")
            #expect(change["sequence"]?.integer == Int64(round))
            #expect(change["final"]?.bool == true)
        }
        #expect(try bridge.call("bridge/stats")["result"]?["watch"]?["polls"]?.integer == 1)
    }
}
