import Jansson
import Testing

/// A fault leads to an answer with an error kind. It never leads to a crash or a hang.
@Suite @EndToEnd struct FaultTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let taskId: String
        let kind: String
        let code: Int64
        let retryable: Bool

        var testDescription: String { taskId }
    }

    @Test(arguments: [
        Case(taskId: "unauthorized", kind: "unauthorized", code: 401, retryable: false),
        Case(taskId: "nocredits", kind: "insufficientCredits", code: 402, retryable: false),
        Case(taskId: "missing", kind: "taskNotFound", code: 404, retryable: false),
        Case(taskId: "disabled", kind: "featureDisabled", code: 505, retryable: false),
        Case(taskId: "maintenance-999s", kind: "maintenance", code: 455, retryable: true),
        Case(taskId: "servererror-999s", kind: "serverError", code: 500, retryable: true),
        Case(taskId: "garbage-999s", kind: "malformedResponse", code: 1004, retryable: true),
        Case(taskId: "cutoff-999s", kind: "malformedResponse", code: 1004, retryable: true),
    ])
    func `each fault of the API has its kind`(_ fault: Case) throws {
        let bridge = try BridgeProcess("serve", "--sandbox", "--rate", "1000")
        let error = try #require(try bridge.call("cover/status", #"{"taskId":"\#(fault.taskId)"}"#)["error"])
        #expect(error["code"]?.integer == fault.code)
        #expect(error["data"]?["kind"]?.string == fault.kind)
        #expect(error["data"]?["retryable"]?.bool == fault.retryable)
        #expect(error["data"]?["taskId"]?.string == fault.taskId)
        #expect(error["message"]?.string?.isEmpty == false)
        #expect(try bridge.finish().code == 0)
    }

    @Test(arguments: [
        ("http://127.0.0.1:1", "anything", "unreachable"),
        ("https://no-such-host.invalid", "anything", "unreachable"),
        ("http://127.0.0.1:1", "", "missingCredentials"),
    ])
    func `faults on the way have theirs`(_ endpoint: String, _ key: String, _ kind: String) throws {
        let bridge = try BridgeProcess("serve", "--endpoint", endpoint, environment: ["KIE_API_KEY": key])
        let answer = try bridge.call("cover/status", #"{"taskId":"any"}"#)
        #expect(answer["error"]?["data"]?["kind"]?.string == kind)
        #expect(try bridge.call("ping")["result"] != nil)
        #expect(try bridge.finish().code == 0)
    }

    @Test func `a wrong path is no crash`() throws {
        let sandbox = try BridgeProcess("sandbox", "--port", "0")
        let endpoint = try #require(try sandbox.line()) + "/elsewhere"
        let bridge = try BridgeProcess("serve", "--endpoint", endpoint, environment: ["KIE_API_KEY": "anything"])
        let answer = try bridge.call("cover/status", #"{"taskId":"any"}"#)
        #expect(answer["error"]?["data"]?["kind"]?.string == "taskNotFound")
        #expect(answer["error"]?["data"]?["httpStatus"]?.integer == 404)
        #expect(try bridge.finish().code == 0)
    }

    @Test func `the key may come with initialize`() throws {
        let sandbox = try BridgeProcess("sandbox", "--port", "0")
        let endpoint = try #require(try sandbox.line())
        let bridge = try BridgeProcess("serve", "--endpoint", endpoint)
        let before = try bridge.call("cover/status", #"{"taskId":"success-0s"}"#)
        #expect(before["error"]?["data"]?["kind"]?.string == "missingCredentials")
        #expect(try bridge.call("initialize", #"{"apiKey":"anything"}"#)["result"] != nil)
        let after = try bridge.call("cover/status", #"{"taskId":"success-0s"}"#)
        #expect(after["result"]?["state"]?.string == "succeeded")
    }

    @Test(arguments: [
        ["serve", "--endpoint", "http://example.com"],
        ["serve", "--endpoint", "nonsense"],
        ["serve", "--framing", "morse"],
        ["serve", "--max-queued-bytes", "0"],
        ["serve", "--rate", "nan"],
        ["serve", "--interval", "0.01", "--sandbox"],
        ["no-such-command"],
    ])
    func `wrong use ends with 2 and a line that says why`(_ arguments: [String]) throws {
        let bridge = try BridgeProcess(arguments: arguments)
        let (output, code) = try bridge.finish()
        #expect(output.isEmpty)
        #expect(code == 2)
        #expect(bridge.standardError.hasPrefix("cover-bridge: "))
    }
}
