import Jansson
import Testing

/// Tests each method of `PROTOCOL.md §4` with real pipes and real HTTP.
@Suite @EndToEnd struct MethodTests {
    private let bridge: BridgeProcess

    init() throws { bridge = try BridgeProcess("serve", "--sandbox", "--rate", "1000") }

    @Test func ping() throws {
        #expect(try bridge.call("ping")["result"]?.jsonText == "{}")
    }

    @Test func initialize() throws {
        let result = try #require(
            try bridge.call("initialize", #"{"clientInfo":{"name":"test","version":"1"},"apiKey":"k-123"}"#)["result"]
        )
        #expect(result["serverInfo"]?["name"]?.string == "cover-bridge")
        #expect(result["protocolVersion"]?.integer == 1)
        #expect(result["sandbox"]?.bool == true)
        #expect(result["endpoint"]?.string?.hasPrefix("http://127.0.0.1:") == true)
        #expect(result["journal"]?["persistent"]?.bool == false)
        #expect(result["journal"]?["lastSequence"]?.integer == 0)
        #expect(result["journal"]?["epoch"]?.string?.isEmpty == false)
        #expect(result["capabilities"]?.kind == .object)
        #expect(result["limits"]?["maxInFlight"]?.integer == 10_000)
        #expect(!result.jsonText.contains("k-123"))

        let second = try bridge.call("initialize")
        #expect(second["error"]?["code"]?.integer == -32600)
        try bridge.send("initialized")
        #expect(try bridge.call("ping")["result"] != nil)
    }

    @Test func `calls about watches that come in one go take effect in their order`() throws {
        let calls = (0..<40).map { index in
            let method = index % 2 == 0 ? "watch" : "unwatch"
            let params = #"{"taskIds":["pending-\#(index / 2)"]}"#
            return #"{"jsonrpc":"2.0","id":\#(index),"method":"cover/\#(method)","params":\#(params)}"#
        }
        let last = #"{"jsonrpc":"2.0","id":"last","method":"cover/watches"}"#
        try bridge.write((calls + [last]).joined(separator: "\n") + "\n")
        var answers: [String: JSONValue] = [:]
        while answers.count <= calls.count, let message = try bridge.message() {
            answers[message["id"]?.jsonText ?? "none"] = message["result"]
        }
        #expect(answers["\"last\""]?["watches"]?.count == 0)
        for index in 0..<20 {
            #expect(answers["\(2 * index)"]?["watches"]?.elements?.first?["taskId"]?.string == "pending-\(index)")
            #expect(answers["\(2 * index + 1)"]?["unwatched"]?.jsonText == "[\"pending-\(index)\"]")
        }
        #expect(try bridge.call("bridge/stats")["result"]?["watch"]?["watches"]?.integer == 0)
    }

    @Test func status() throws {
        let result = try #require(try bridge.call("cover/status", #"{"taskId":"success-0s"}"#)["result"])
        #expect(result["state"]?.string == "succeeded")
        #expect(result["final"]?.bool == true)
        #expect(result["images"]?.count == 2)
        #expect(result["record"] == nil)
        let time = #/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/#
        for name in ["createdAt", "completedAt", "expiresAt", "checkedAt"] {
            let text = try #require(result[name]?.string)
            #expect(try time.wholeMatch(in: text) != nil, "\(name): \(text)")
        }
        let members = try #require(result.members).map(\.name)
        #expect(
            members == [
                "taskId", "parentTaskId", "state", "final", "images", "createdAt", "completedAt", "expiresAt",
                "failure",
                "callbackUrl", "warnings", "checkedAt",
            ]
        )
    }

    @Test func `status with the record, and from memory`() throws {
        let first = try bridge.call("cover/status", #"["success-0s", 0, true]"#)
        #expect(first["result"]?["record"]?["successFlag"]?.integer == 1)
        let second = try bridge.call("cover/status", #"{"taskId":"success-0s","maxAge":600}"#)
        #expect(second["result"]?["checkedAt"]?.string == first["result"]?["checkedAt"]?.string)
        #expect(second["result"]?["record"] == nil)
    }

    @Test func `a failed task is a result, not an error`() throws {
        let result = try #require(try bridge.call("cover/status", #"{"taskId":"fail-0s"}"#)["result"])
        #expect(result["state"]?.string == "failed")
        #expect(result["failure"]?["message"]?.string?.isEmpty == false)
    }

    @Test func wait() throws {
        let result = try #require(try bridge.call("cover/wait", #"{"taskId":"success-0.3s"}"#)["result"])
        #expect(result["state"]?.string == "succeeded")
        #expect(result["final"]?.bool == true)
    }

    @Test func `a wait that runs out carries the last status`() throws {
        let error = try #require(try bridge.call("cover/wait", #"{"taskId":"pending","timeout":0.5}"#)["error"])
        #expect(error["code"]?.integer == 1005)
        #expect(error["data"]?["kind"]?.string == "waitTimeout")
        #expect(error["data"]?["retryable"]?.bool == true)
        #expect(error["data"]?["last"]?["state"]?.string == "pending")
    }

    @Test func `watches, and their end by hand`() throws {
        let ids = #"["pending","generating"]"#
        let watches = try #require(
            try bridge.call("cover/watch", #"{"taskIds":\#(ids),"interval":0.1,"timeout":600}"#)["result"]?["watches"]
        )
        #expect(watches.elements?.map { $0["taskId"]?.string } == ["pending", "generating"])
        _ = try bridge.notification("cover/statusChanged")
        _ = try bridge.notification("cover/statusChanged")

        let list = try #require(try bridge.call("cover/watches")["result"]?["watches"]?.elements)
        // The list is sorted by the ids of the tasks.
        #expect(list.map { $0["state"]?.string } == ["generating", "pending"])
        #expect(list.allSatisfy { $0["interval"]?.number == 0.1 && ($0["checks"]?.integer ?? 0) >= 1 })
        #expect(list.allSatisfy { $0["deadline"]?.string != nil && $0["nextCheckAt"] != nil })

        let ended = try bridge.call("cover/unwatch", #"{"taskIds":["generating","unknown","pending"]}"#)
        #expect(Set(ended["result"]?["unwatched"]?.elements?.compactMap(\.string) ?? []) == ["pending", "generating"])
        #expect(try bridge.call("cover/watches")["result"]?["watches"]?.count == 0)
        let (output, _) = try bridge.finish()
        #expect(output.isEmpty, "an unwatched task ends without a word")
    }

    @Test func `a task watched again has its new interval`() throws {
        _ = try bridge.call("cover/watch", #"{"taskIds":["pending"],"interval":100}"#)
        let again = try bridge.call("cover/watch", #"{"taskIds":["pending"],"interval":200}"#)
        #expect(again["result"]?["watches"]?.element(0)?["interval"]?.number == 200)
        #expect(try bridge.call("cover/watches")["result"]?["watches"]?.count == 1)
    }

    @Test func `changes and sync`() throws {
        _ = try bridge.call("cover/watch", #"{"taskIds":["success-0s","fail-0s"],"interval":0.1}"#)
        let sent = try (1...2).map { _ in try bridge.notification("cover/statusChanged") }
        #expect(try bridge.call("cover/sync")["result"]?["lastSequence"]?.integer == 2)

        let all = try #require(try bridge.call("cover/changes")["result"])
        #expect(all["changes"]?.elements?.map(\.jsonText) == sent.map(\.jsonText))
        #expect(all["lastSequence"]?.integer == 2)
        #expect(all["more"]?.bool == false)

        let first = try #require(try bridge.call("cover/changes", #"{"limit":1}"#)["result"])
        #expect(first["changes"]?.count == 1)
        #expect(first["more"]?.bool == true)
        let rest = try #require(try bridge.call("cover/changes", "[1]")["result"])
        #expect(rest["changes"]?.elements?.map { $0["sequence"]?.integer } == [2])
        #expect(try bridge.call("cover/changes", #"{"after":99}"#)["result"]?["changes"]?.count == 0)
    }

    @Test func generate() throws {
        let params = #"{"taskId":"music-e2e","callbackUrl":"https://example.com/callback"}"#
        let first = try #require(try bridge.call("cover/generate", params)["result"])
        let second = try #require(try bridge.call("cover/generate", params)["result"])
        #expect(first["reused"]?.bool == false)
        #expect(second["reused"]?.bool == true)
        #expect(first["taskId"]?.string == second["taskId"]?.string)
        let bare = try bridge.call("cover/generate", #"["music-2"]"#)
        #expect(bare["error"]?["data"]?["kind"]?.string == "validationFailed")
    }

    @Test func credits() throws {
        #expect(try bridge.call("account/credits")["result"]?["credits"]?.number != nil)
    }

    @Test func stats() throws {
        _ = try bridge.call("cover/status", #"{"taskId":"success-0s"}"#)
        _ = try bridge.call("nope")
        let stats = try #require(try bridge.call("bridge/stats")["result"])
        #expect(stats["session"]?["requests"]?.integer == 3)
        #expect(stats["session"]?["errors"]?.integer == 1)
        #expect(stats["client"]?["requests"]?.integer == 1)
        #expect(stats["client"]?["rate"]?.number == 1000)
        #expect(stats["watch"]?["polls"]?.integer == 0)
        #expect(stats["health"]?["state"]?.string == "ok")
        #expect(stats["uptime"]?.number != nil)
    }

    @Test func shutdown() throws {
        #expect(try bridge.call("shutdown")["result"]?.isNull == true)
        let refused = try bridge.call("ping")
        #expect(refused["error"]?["code"]?.integer == -32600)
        #expect(refused["error"]?["data"]?["kind"]?.string == "shuttingDown")
    }
}
