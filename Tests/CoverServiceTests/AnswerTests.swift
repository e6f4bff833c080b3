import APITestSupport
import CoverAPI
import CoverModel
import Jansson
import TestSupport
import Testing

/// Tests the answers of the methods that use the client and the engine.
@Suite(.timeLimit(.minutes(5)))
struct AnswerTests {
    @Test func `a status is asked once, with the key, and its id is encoded`() async throws {
        let record = #"{"taskId":"a/b ?&\u00e9","successFlag":0}"#
        try await ServiceRig(answers: [.json(ServiceRig.envelope(record))]).run { rig in
            let answer = try await rig.call("cover/status", #"{"taskId":"a/b ?&\u00e9"}"#)
            #expect(answer["result"]?["state"]?.string == "pending")
            #expect(rig.exchange.requests.count == 1)
            let request = try #require(rig.exchange.requests.first)
            #expect(request.url.hasSuffix("/api/v1/suno/cover/record-info?taskId=a%2Fb%20%3F%26%C3%A9"))
            let authorization = request.headers.first { $0.name.lowercased() == "authorization" }
            #expect(authorization?.value == "Bearer k-environment")
        }
    }

    struct Fault: Sendable, CustomTestStringConvertible {
        let code: Int
        let message: String
        let kind: String
        let wire: Int64

        var testDescription: String { "\(code) \(message)" }
    }

    @Test(arguments: [
        Fault(code: 400, message: "bad", kind: "badRequest", wire: 400),
        Fault(code: 401, message: "no", kind: "unauthorized", wire: 401),
        Fault(code: 402, message: "poor", kind: "insufficientCredits", wire: 402),
        Fault(code: 404, message: "gone", kind: "taskNotFound", wire: 404),
        Fault(code: 422, message: "recordInfo is null", kind: "taskNotFound", wire: 404),
        Fault(code: 422, message: "odd", kind: "validationFailed", wire: 422),
        Fault(code: 505, message: "off", kind: "featureDisabled", wire: 505),
    ])
    func `an error of the API keeps its code`(_ fault: Fault) async throws {
        let body = ServiceRig.envelope("null", code: fault.code, message: fault.message)
        try await ServiceRig(answers: [.json(body)]).run { rig in
            let error = try #require(try await rig.call("cover/status", #"["t-1"]"#)["error"])
            #expect(error["code"]?.integer == fault.wire)
            let data = try #require(error["data"])
            #expect(data["kind"]?.string == fault.kind)
            #expect(data["retryable"]?.bool == false)
            #expect(data["httpStatus"]?.integer == 200)
            #expect(data["apiCode"]?.integer == Int64(fault.code))
            #expect(data["apiMessage"]?.string == fault.message)
            #expect(data["taskId"]?.string == "t-1")
        }
    }

    @Test func `an error of the API does not give the key away`() async throws {
        let body = ServiceRig.envelope("null", code: 401, message: "the key k-environment is wrong")
        try await ServiceRig(answers: [.json(body)]).run { rig in
            let answer = try await rig.call("cover/status", #"["t-1"]"#)
            #expect(answer["error"]?["data"]?["apiMessage"]?.string == "the key [key] is wrong")
            #expect(!answer.jsonText.contains("k-environment"))
        }
    }

    @Test func `the answer to a watch comes before its changes`() async throws {
        try await ServiceRig(source: ScriptedStatusSource(states: [.succeeded])).run { rig in
            #expect(try await rig.call("cover/watch", #"[["t-1"]]"#)["result"]?["watches"]?.count == 1)
            let change = try await rig.message()
            #expect(change["method"]?.string == "cover/statusChanged")
            #expect(change["params"]?["final"]?.bool == true)
            #expect(try await rig.call("cover/sync")["result"]?["lastSequence"]?.integer == 1)
        }
    }

    @Test func `a watch that ends is emitted with the error, and listed`() async throws {
        let source = ScriptedStatusSource { _, _ in throw CoverError(.unauthorized, "no") }
        try await ServiceRig(source: source).run { rig in
            _ = try await rig.call("cover/watch", #"[["t-1"]]"#)
            let end = try await rig.message()
            #expect(end["method"]?.string == "cover/watchEnded")
            #expect(end["params"]?["reason"]?.string == "unauthorized")
            #expect(end["params"]?["error"]?["code"]?.integer == 401)
            let changes = try await rig.call("cover/changes")["result"]?["changes"]
            #expect(changes?.count == 1)
            #expect(changes?.element(0)?.jsonText == end["params"]?.jsonText)
        }
    }

    @Test func `a wait that runs out carries the last status`() async throws {
        try await ServiceRig().run { rig in
            rig.send("cover/wait", #"["t-1",5]"#, id: "1")
            // The wait has begun when its task is queried.
            while rig.source.queries == 0 { await Task.yield() }
            #expect(try await rig.call("cover/sync")["result"] != nil)
            rig.clock.advance(by: .seconds(5))
            let error = try #require(try await rig.message()["error"])
            #expect(error["code"]?.integer == 1005)
            #expect(error["data"]?["last"]?["state"]?.string == "pending")
            #expect(error["data"]?["last"]?["taskId"]?.string == "t-1")
            #expect(error["data"]?["retryable"]?.bool == true)
        }
    }

    @Test func `a cancelled wait is answered once and leaves nothing`() async throws {
        try await ServiceRig().run { rig in
            rig.send("cover/wait", #"["t-1"]"#, id: "1")
            #expect(try await rig.call("cover/sync")["result"] != nil)
            rig.send("$/cancelRequest", #"{"id":1}"#)
            #expect(try await rig.message()["error"]?["code"]?.integer == -32800)
            #expect(try await rig.call("ping")["result"] != nil)
            let watch = try await rig.call("bridge/stats")["result"]?["watch"]
            #expect(watch?["waiters"]?.integer == 0)
            #expect(watch?["timers"]?.integer == 0)
        }
    }

    @Test func `a cancelled status ends its request`() async throws {
        try await ServiceRig(answers: [.silence]).run { rig in
            rig.send("cover/status", #"["t-1"]"#, id: "1")
            await rig.exchange.requests(atLeast: 1)
            rig.send("$/cancelRequest", #"{"id":1}"#)
            let answer = try await rig.message()
            #expect(answer["error"]?["data"]?["kind"]?.string == "cancelled")
        }
    }

    @Test func `two callers at once share a request`() async throws {
        let gate = Gate()
        let exchange = ScriptedExchange { _, _ in
            await gate.pass()
            return .json(ServiceRig.envelope(ServiceRig.record))
        }
        try await ServiceRig(exchange: exchange).run { rig in
            for id in 1...3 { rig.send("cover/status", #"["t-1"]"#, id: "\(id)") }
            await rig.exchange.requests(atLeast: 1)
            #expect(try await rig.call("ping")["result"] != nil)
            gate.open()
            var ids: Set<Int64> = []
            for _ in 1...3 { ids.insert(try #require(try await rig.message()["id"]?.integer)) }
            #expect(ids == [1, 2, 3])
            #expect(rig.exchange.requests.count == 1)
        }
    }
}
