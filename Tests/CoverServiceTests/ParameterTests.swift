import APITestSupport
import CoverModel
import CoverWatch
import Jansson
import TestSupport
import Testing

/// Tests which parameters each method refuses. The error names the parameter.
@Suite(.timeLimit(.minutes(5)))
struct ParameterTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let method: String
        let params: String
        let parameter: String

        init(_ method: String, _ params: String, _ parameter: String) {
            (self.method, self.params, self.parameter) = (method, params, parameter)
        }

        var testDescription: String { "\(method) \(params.prefix(60))" }
    }

    private static let long = String(repeating: "x", count: 257)
    private static let many = "[" + (0...1000).map { #""t\#($0)""# }.joined(separator: ",") + "]"

    private static let taskIdCases = ["cover/status", "cover/wait", "cover/download", "cover/generate"].flatMap {
        method in
        [
            "{}", "[]", #"{"taskId":null}"#, #"{"taskId":7}"#, #"{"taskId":""}"#, #"{"taskId":"a\u0000b"}"#,
            #"{"taskId":"a\u009fb"}"#, #"{"taskId":"\#(long)"}"#, #"{"taskid":"x"}"#, "[[]]", "[true]",
        ].map { Case(method, $0, "taskId") }
    }

    private static let taskIdsCases = ["cover/watch", "cover/unwatch"].flatMap { method in
        [
            "{}", "[]", #"{"taskIds":"x"}"#, #"{"taskIds":[]}"#, #"{"taskIds":[1]}"#, #"{"taskIds":["a",null]}"#,
            #"{"taskIds":["a",""]}"#, #"{"taskIds":["a\n"]}"#, #"{"taskIds":\#(many)}"#, #"{"taskId":"x"}"#,
        ].map { Case(method, $0, "taskIds") }
    }

    private static let otherCases = [
        Case("cover/status", #"{"taskId":"x","maxAge":-1}"#, "maxAge"),
        Case("cover/status", #"{"taskId":"x","maxAge":"1"}"#, "maxAge"),
        Case("cover/status", #"{"taskId":"x","maxAge":1e400}"#, "maxAge"),
        Case("cover/status", #"{"taskId":"x","includeRecord":1}"#, "includeRecord"),
        Case("cover/status", #"["x",0,"true"]"#, "includeRecord"),
        Case("cover/wait", #"{"taskId":"x","timeout":0}"#, "timeout"),
        Case("cover/wait", #"{"taskId":"x","timeout":-1}"#, "timeout"),
        Case("cover/wait", #"{"taskId":"x","timeout":604801}"#, "timeout"),
        Case("cover/wait", #"["x",false]"#, "timeout"),
        Case("cover/watch", #"{"taskIds":["x"],"interval":0.99}"#, "interval"),
        Case("cover/watch", #"{"taskIds":["x"],"interval":86401}"#, "interval"),
        Case("cover/watch", #"{"taskIds":["x"],"interval":"30"}"#, "interval"),
        Case("cover/watch", #"{"taskIds":["x"],"timeout":0}"#, "timeout"),
        Case("cover/changes", #"{"after":-1}"#, "after"),
        Case("cover/changes", #"{"after":0.5}"#, "after"),
        Case("cover/changes", #"{"after":9223372036854775808}"#, "after"),
        Case("cover/changes", #"{"limit":0}"#, "limit"),
        Case("cover/changes", #"{"limit":1001}"#, "limit"),
        Case("cover/changes", #"[0,"9"]"#, "limit"),
        Case("cover/watches", #"{"limit":0}"#, "limit"), Case("cover/watches", #"{"limit":1001}"#, "limit"),
        Case("cover/watches", #"{"after":7}"#, "after"), Case("cover/watches", #"{"after":""}"#, "after"),
        Case("cover/watches", #"[5,"a\n"]"#, "after"),
        Case("cover/download", #"{"taskId":"x"}"#, "directory"),
        Case("cover/download", #"{"taskId":"x","directory":""}"#, "directory"),
        Case("cover/download", #"{"taskId":"x","directory":"/tmp/a\u0000b"}"#, "directory"),
        Case("cover/download", #"{"taskId":"x","directory":"file:///tmp"}"#, "directory"),
        Case("cover/download", #"{"taskId":"x","directory":"~/covers"}"#, "directory"),
        Case("cover/download", #"{"taskId":"x","directory":"~"}"#, "directory"),
        Case("cover/download", #"{"taskId":"x","directory":"/tmp","overwrite":"no"}"#, "overwrite"),
        Case("cover/download", #"{"taskId":"x","directory":"/tmp","progressToken":true}"#, "progressToken"),
        Case("cover/generate", #"{"taskId":"x","callbackUrl":1}"#, "callbackUrl"),
        Case("cover/generate", #"{"taskId":"x","callbackUrl":"not a url"}"#, "callbackUrl"),
        Case("cover/generate", #"["x","ftp://example.com/"]"#, "callbackUrl"),
        Case("initialize", #"{"clientInfo":"vim"}"#, "clientInfo"),
        Case("initialize", #"{"clientInfo":{"version":"1"}}"#, "clientInfo"),
        Case("initialize", #"{"processId":0}"#, "processId"),
        Case("initialize", #"{"processId":-5}"#, "processId"),
        Case("initialize", #"{"processId":9223372036854775808}"#, "processId"),
        Case("initialize", #"{"processId":"1"}"#, "processId"),
        Case("initialize", #"{"apiKey":1}"#, "apiKey"),
    ]

    @Test(arguments: taskIdCases + taskIdsCases + otherCases)
    func `what is wrong is named, and nothing is asked`(_ wrong: Case) async throws {
        try await ServiceRig().run { rig in
            let error = try #require(try await rig.call(wrong.method, wrong.params)["error"])
            #expect(error["code"]?.integer == -32602)
            #expect(error["data"]?["kind"]?.string == "invalidParams")
            #expect(error["data"]?["retryable"]?.bool == false)
            #expect(error["data"]?["parameter"]?.string == wrong.parameter)
            #expect(error["message"]?.string?.isEmpty == false)
            #expect(rig.exchange.requests.isEmpty)
            #expect(rig.engine.watches().isEmpty)
            #expect(rig.peerProcesses.isEmpty)
        }
    }

    @Test(arguments: [
        ("9223372036854775808", "must be from 0 to 9223372036854775807"), ("1e300", "must be from 0 to"),
        ("-1e0", "must be from 0 to"), ("0.5", "must be a whole number, this one has a fraction"),
        (#""1""#, "must be a whole number, this is a string"),
    ])
    func `the error for a number says what is wrong with it`(number: String, words: String) async throws {
        try await ServiceRig().run { rig in
            let error = try await rig.call("cover/changes", #"{"after":\#(number)}"#)["error"]
            #expect(error?["message"]?.string?.contains(words) == true)
        }
    }

    @Test(arguments: [
        (#"["a","b\n"]"#, "this one, number 2 of taskIds, ends with a line break; leave it out"),
        (#"["","b"]"#, "this one, number 1 of taskIds, is empty"),
        (#"["a","a","\tc"]"#, "this one, number 3 of taskIds, has a tab"),
        (#"["a\u0000b"]"#, "this one has a NUL"),
    ])
    func `the error for an id in a list says which one`(ids: String, words: String) async throws {
        try await ServiceRig().run { rig in
            for method in ["cover/watch", "cover/unwatch"] {
                let error = try await rig.call(method, #"{"taskIds":\#(ids)}"#)["error"]
                #expect(error?["message"]?.string?.hasSuffix(words) == true)
            }
        }
    }

    /// One range has one text, whatever end of it a number misses.
    @Test(arguments: ["0", "-1", "1e-30", "604801", "1e12", "1e300"])
    func `the error for a timeout names the whole range`(number: String) async throws {
        try await ServiceRig().run { rig in
            for (method, task) in [("cover/wait", #""taskId":"x""#), ("cover/watch", #""taskIds":["x"]"#)] {
                let error = try await rig.call(method, #"{\#(task),"timeout":\#(number)}"#)["error"]
                let words = #"the parameter "timeout" must be more than 0 and at most 604800 seconds"#
                #expect(error?["message"]?.string == words)
            }
        }
    }

    @Test(arguments: ["ping", "rpc.discover", "cover/watches", "account/credits", "bridge/stats", "cover/changes"])
    func `no parameters can be said in four ways`(_ method: String) async throws {
        let rig = try ServiceRig(answers: [.json(ServiceRig.envelope("12.5"))])
        try await rig.run { rig in
            for params in [nil, "null", "{}", "[]", #"{"unknown":1}"#] {
                let answer = try await rig.call(method, params)
                #expect(answer["result"] != nil)
            }
        }
    }

    @Test func `null stands for what is absent`() async throws {
        try await ServiceRig().run { rig in
            let params = #"{"taskId":"t-1","maxAge":null,"includeRecord":null}"#
            #expect(try await rig.call("cover/status", params)["result"]?["taskId"]?.string == "t-1")
            let watch = #"{"taskIds":["w"],"interval":null,"timeout":null}"#
            let started = try await rig.call("cover/watch", watch)["result"]?["watches"]?.element(0)
            #expect(started?["interval"]?.number == 30)
            #expect(started?["deadline"]?.isNull == true)
        }
    }

    @Test func `a task named twice is watched once`() async throws {
        try await ServiceRig().run { rig in
            let answer = try await rig.call("cover/watch", #"{"taskIds":["b","a","b"]}"#)
            let watches = answer["result"]?["watches"]?.elements
            #expect(watches?.map { $0["taskId"]?.string } == ["b", "a"])
        }
    }

    @Test func `ids that differ in bytes are two tasks`() async throws {
        try await ServiceRig().run { rig in
            let answer = try await rig.call("cover/watch", #"{"taskIds":["café","cafe\u0301","café"]}"#)
            #expect(answer["result"]?["watches"]?.count == 2)
            #expect(rig.engine.watches().map(\.taskId) == ["café", "cafe\u{301}"])
        }
    }

    @Test func `the sandbox is watched more often`() async throws {
        try await ServiceRig(isSandbox: true).run { rig in
            #expect(try await rig.call("cover/watch", #"[["a"],0.05]"#)["result"] != nil)
            #expect(try await rig.message()["method"]?.string == "cover/statusChanged")
            let error = try await rig.call("cover/watch", #"[["a"],0.04]"#)["error"]
            #expect(error?["data"]?["parameter"]?.string == "interval")
        }
    }
}
