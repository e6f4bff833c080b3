import Jansson
import Testing

/// Tests the promises that the issues of the project make.
@Suite @EndToEnd struct AcceptanceTests {
    @Test func `a request through a pipe is answered, and the process ends`() throws {
        let bridge = try BridgeProcess("serve", "--sandbox")
        try bridge.send("cover/status", #"{"taskId":"success-0.1s"}"#, id: "1")
        let (output, code) = try bridge.finish()
        let answer = try JSONValue(parsing: output)
        #expect(answer["id"]?.integer == 1)
        #expect(answer["result"]?["taskId"]?.string == "success-0.1s")
        #expect(output.filter { $0 == "\n" }.count == 1)
        #expect(code == 0)
        #expect(bridge.standardError.isEmpty)
    }

    @Test func `header framing is answered in kind`() throws {
        let bridge = try BridgeProcess("serve", "--sandbox")
        let body = #"{"jsonrpc":"2.0","id":1,"method":"cover/status","params":{"taskId":"success-0.1s"}}"#
        try bridge.write("Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
        let (output, code) = try bridge.finish()
        let parts = output.split(separator: "\r\n\r\n", maxSplits: 1)
        let answer = String(try #require(parts.last))
        #expect(parts.first == "Content-Length: \(answer.utf8.count)")
        #expect(try JSONValue(parsing: answer)["result"]?["state"]?.string != nil)
        #expect(code == 0)
    }

    @Test func `a watch sends each step once, in order, and then nothing`() throws {
        try Self.expectThreeSteps(BridgeProcess("serve", "--sandbox"))
    }

    @Test func `the same against a sandbox in another process`() throws {
        let sandbox = try BridgeProcess("sandbox", "--port", "0")
        let endpoint = try #require(try sandbox.line())
        try Self.expectThreeSteps(
            BridgeProcess("serve", "--endpoint", endpoint, environment: ["KIE_API_KEY": "anything"])
        )
        sandbox.send(signal: 15)
        #expect(try sandbox.waitForExit() == 0)
    }

    private static func expectThreeSteps(_ bridge: BridgeProcess) throws {
        let watch = try bridge.call("cover/watch", #"{"taskIds":["success-3s"],"interval":1}"#)
        #expect(watch["result"]?["watches"]?.element(0)?["taskId"]?.string == "success-3s")
        #expect(bridge.notifications.isEmpty, "the answer comes first")
        var changes: [JSONValue] = []
        while changes.last?["final"]?.bool != true { changes.append(try bridge.notification("cover/statusChanged")) }
        #expect(changes.map { $0["status"]?["state"]?.string } == ["pending", "generating", "succeeded"])
        #expect(changes.map { $0["previous"]?.string } == [nil, "pending", "generating"])
        #expect(changes.map { $0["sequence"]?.integer } == [1, 2, 3])
        #expect(changes.map { $0["final"]?.bool } == [false, false, true])
        #expect(changes.last?["status"]?["images"]?.count == 2)
        #expect(try bridge.call("cover/watches")["result"]?["watches"]?.count == 0)
        let (output, code) = try bridge.finish()
        #expect(output.isEmpty)
        #expect(bridge.notifications.isEmpty)
        #expect(code == 0)
    }
}
