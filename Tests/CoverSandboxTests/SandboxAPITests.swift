import Hummingbird
import HummingbirdTesting
import Jansson
import NIOCore
import TestSupport
import Testing

@testable import CoverSandbox

@Suite struct SandboxAPITests {
    let clock = ManualClock()

    private var application: some ApplicationProtocol {
        let clock = clock
        let sandboxClock = SandboxClock(
            now: { clock.now.offset },
            wallTime: { 1_736_937_181_000 + Int64(clock.now.offset.components.seconds) * 1000 },
            sleep: { try await clock.sleep(until: clock.now.advanced(by: $0), tolerance: nil) }
        )
        return SandboxServer(port: 8080, clock: sandboxClock).makeApplication()
    }

    @Test func pendingRecordHasAllItsFields() async throws {
        try await application.test(.router) { client in
            let data = try await client.record("success-6s").json(200)["data"]
            #expect(
                data?.jsonText
                    == #"{"taskId":"success-6s","parentTaskId":"music-\#(StableHash.text("success-6s"))","#
                    + #""callbackUrl":"https://example.com/callback","completeTime":null,"response":null,"#
                    + #""successFlag":0,"createTime":"2025-01-15T10:33:01.000Z","errorCode":null,"errorMessage":null}"#
            )
        }
    }

    @Test func recordsFollowTheClock() async throws {
        try await application.test(.router) { client in
            var flags: [Int64?] = []
            for _ in 0..<4 {
                flags.append(try await client.record("success-6s").json(200)["data"]?["successFlag"]?.integer)
                clock.advance(by: .seconds(2))
            }
            #expect(flags == [0, 2, 2, 1])

            let response = try await client.record("success-6s").json(200)
            #expect(response["code"]?.integer == 200 && response["msg"]?.string == "success")
            let data = response["data"]
            #expect(data?["completeTime"]?.string == "2025-01-15T10:33:07.000Z")
            #expect(data?["createTime"]?.string == "2025-01-15T10:33:01.000Z")
            #expect(data?["errorCode"]?.integer == 200 && data?["errorMessage"]?.string == "")
            #expect(
                data?["response"]?["images"]?.elements?.map(\.string) == [
                    "http://127.0.0.1:8080/images/success-6s-1.png", "http://127.0.0.1:8080/images/success-6s-2.png",
                ]
            )
        }
    }

    @Test func aFailureHasAReason() async throws {
        try await application.test(.router) { client in
            let data = try await client.record("fail-0s").json(200)["data"]
            #expect(data?["successFlag"]?.integer == 3 && data?["errorCode"]?.integer == 500)
            #expect(data?["errorMessage"]?.string?.isEmpty == false && data?["response"]?.isNull == true)
        }
    }

    @Test func aSuccessCanLackImages() async throws {
        try await application.test(.router) { client in
            let data = try await client.record("empty-1s").json(200)["data"]
            #expect(data?["successFlag"]?.integer == 1 && data?["response"]?.jsonText == #"{"images":[]}"#)
        }
    }

    @Test(arguments: [
        ("missing", 422), ("late-9s", 422), ("ratelimit-9s", 429), ("maintenance-9s", 455), ("servererror-9s", 500),
        ("unauthorized", 401), ("nocredits", 402), ("disabled", 505),
    ])
    func errorsAlternateBetweenTheirForms(taskID: String, code: Int) async throws {
        try await application.test(.router) { client in
            for status in [200, code, 200, code] {
                let response = try await client.record(taskID)
                let body = try response.json(status)
                #expect(body["code"]?.integer == Int64(code) && body["msg"]?.string?.isEmpty == false)
                #expect(response.headers[.retryAfter] == (code == 429 ? "1" : nil))
            }
            // Each task has its own alternation between the two answers.
            #expect(try await client.record(taskID + "-other").status.code == 200)
        }
    }

    @Test func garbageIsHTML() async throws {
        try await application.test(.router) { client in
            let response = try await client.record("garbage-1s")
            #expect(response.status == .ok && response.text.hasPrefix("<html>"))
            #expect(throws: JSONSyntaxError.self) { try response.json(200) }
        }
    }

    @Test func cutOffJSONIsWholeHTTP() async throws {
        try await application.test(.live) { client in
            let response = try await client.record("cutoff-1s")
            #expect(response.status == .ok && response.text.hasPrefix(#"{"code":200,"#))
            #expect(response.headers[.contentLength] == "\(response.body.readableBytes)")
            #expect(throws: JSONSyntaxError.self) { try response.json(200) }
            // The answer is complete for HTTP, so the client can still use the connection.
            #expect(try await client.record("success-0s").status == .ok)
        }
    }

    @Test func slowAnswersWaitForTheClock() async throws {
        try await application.test(.ahc()) { client in
            async let response = client.record("slow-60s")
            await clock.sleepers(atLeast: 1)
            let other = try await client.record("success-0s")
            #expect(other.status == .ok)
            clock.advance(by: .seconds(60))
            let body = try await response.json(200)
            #expect(body["data"]?["successFlag"]?.integer == 1)
        }
    }

    @Test(arguments: ["", "Bearer", "Bearer ", "Bearer   ", "Basic abc", "key"])
    func refusesRequestsWithoutKey(credentials: String) async throws {
        try await application.test(.router) { client in
            for (uri, method) in [
                ("/api/v1/suno/cover/record-info?taskId=success", .get), ("/api/v1/suno/cover/generate", .post),
                ("/api/v1/chat/credit", .get),
            ] as [(String, HTTPRequest.Method)] {
                let headers: HTTPFields = credentials.isEmpty ? [:] : [.authorization: credentials]
                let response = try await client.execute(uri: uri, method: method, headers: headers)
                #expect(try response.json(401)["code"]?.integer == 401)
            }
            #expect(try await client.stats()["requests"]?.integer == 0)
        }
    }

    @Test(arguments: ["", "?taskId=", "?taskId", "?task=x", "?taskId=" + String(repeating: "x", count: 5000)])
    func requiresATaskID(query: String) async throws {
        try await application.test(.router) { client in
            let response = try await client.get("/api/v1/suno/cover/record-info" + query)
            #expect(try response.json(422)["code"]?.integer == 422)
        }
    }

    @Test(arguments: ["success 0s/../é", "日本語-🎵", "a&b=c#d", "100%", "a+b", "..", "\"\\\u{1}"])
    func idsAreReturnedUnchanged(taskID: String) async throws {
        try await application.test(.live) { client in
            _ = try await client.record(taskID)
            clock.advance(by: .seconds(6))
            let data = try await client.record(taskID).json(200)["data"]
            #expect(data?["taskId"]?.string == taskID)

            let image = try #require(data?["response"]?["images"]?.elements?.first?.string)
            let path = image.trimmingPrefix("http://127.0.0.1:\(try #require(client.port))")
            #expect(path.hasPrefix("/images/") && !path.dropFirst(8).contains("/"))
            let file = try await client.get(String(path))
            #expect(file.status == .ok && Array(buffer: file.body) == SandboxImage(taskID: taskID, index: 1).png)
        }
    }

    @Test func aBarePlusIsASpace() async throws {
        try await application.test(.router) { client in
            let response = try await client.get("/api/v1/suno/cover/record-info?x=1&taskId=a+b")
            #expect(try response.json(200)["data"]?["taskId"]?.string == "a b")
        }
    }

    @Test func imagesNeedAnAgentButNoKey() async throws {
        try await application.test(.router) { client in
            let uri = "/images/success-6s-1.png"
            let refused = try await client.execute(uri: uri, method: .get)
            #expect(refused.status == .forbidden)
            let image = try await client.execute(uri: uri, method: .get, headers: [.userAgent: "test"])
            #expect(image.status == .ok && image.headers[.contentType] == "image/png")
            #expect(try DecodedPNG(Array(buffer: image.body)).width == 64)
            #expect(try await client.get("/images/success-6s.png").json(404)["code"]?.integer == 404)
        }
    }

    @Test func generatesOneCoverForEachMusicTask() async throws {
        try await application.test(.router) { client in
            let order = #"{"taskId":"music/1","callBackUrl":"https://example.com/done"}"#
            let first = try await client.generate(order).json(200)
            #expect(first["code"]?.integer == 200)
            let cover = try #require(first["data"]?["taskId"]?.string)

            let second = try await client.generate(order).json(200)
            #expect(second["code"]?.integer == 400 && second["data"]?["taskId"]?.string == cover)

            let other = try await client.generate(#"{"taskId":"music/2","callBackUrl":"https://example.com/"}"#).json(
                200
            )
            #expect(other["code"]?.integer == 200 && other["data"]?["taskId"]?.string != cover)

            let data = try await client.record(cover).json(200)["data"]
            #expect(data?["parentTaskId"]?.string == "music/1")
            #expect(data?["callbackUrl"]?.string == "https://example.com/done" && data?["successFlag"]?.integer == 0)
        }
    }

    @Test(arguments: [
        (#"{"taskId":"music"}"#, 422), (#"{"taskId":"music","callBackUrl":""}"#, 422),
        (#"{"taskId":"music","callBackUrl":7}"#, 422), (#"{"callBackUrl":"https://example.com"}"#, 422), ("[]", 422),
        ("{", 400), ("", 400), (String(repeating: " ", count: 2 << 20), 413),
    ])
    func refusesIncompleteOrders(order: String, code: Int) async throws {
        try await application.test(.router) { client in
            let body = try await client.generate(order).json(code)
            #expect(body["code"]?.integer == Int64(code))
        }
    }

    @Test func creditsAreABareNumber() async throws {
        try await application.test(.router) { client in
            let body = try await client.get("/api/v1/chat/credit").json(200)
            #expect(body["data"]?.number == 247.5)
        }
    }

    @Test(arguments: [
        "/", "/api/v1/suno/cover", "/api/v1/suno/cover/generate", "/images", "/images/a/b-1.png", "/x%00",
    ])
    func unknownRoutesAreAnsweredLikeTheAPI(uri: String) async throws {
        try await application.test(.router) { client in
            let body = try await client.get(uri).json(404)
            #expect(body["code"]?.integer == 404)
        }
    }

    @Test func theMarketShapeHasTheSameContent() async throws {
        try await application.test(.router) { client in
            let uri = "/api/v1/jobs/recordInfo?taskId=success-3s"
            let running = try await client.get(uri).json(200)["data"]
            #expect(running?["state"]?.string == "waiting" && running?["resultJson"]?.isNull == true)
            clock.advance(by: .seconds(3))
            let data = try await client.get(uri).json(200)["data"]
            #expect(data?["state"]?.string == "success" && data?["createTime"]?.integer == 1_736_937_181_000)
            #expect(data?["completeTime"]?.integer == 1_736_937_184_000)
            let result = try JSONValue(parsing: Array((data?["resultJson"]?.string ?? "").utf8))
            #expect(result["resultUrls"]?.count == 2)
            let failed = try await client.get("/api/v1/jobs/recordInfo?taskId=fail-0s").json(200)["data"]
            #expect(failed?["state"]?.string == "fail" && failed?["failCode"]?.string == "500")
        }
    }

    @Test func countsRequestsThatComeAtOnce() async throws {
        try await application.test(.ahc()) { client in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<200 {
                    group.addTask { _ = try await client.record("pending-\(number % 4)").json(200) }
                }
                try await group.waitForAll()
            }
            let stats = try await client.stats()
            #expect(stats["requests"]?.integer == 200 && stats["peakPerSecond"]?.integer == 200)
            #expect(stats["byTask"]?.members?.map(\.value.integer) == [50, 50, 50, 50])
        }
    }
}
