import APITestSupport
import CoverModel
import Jansson
import Synchronization
import TestSupport
import Testing

@testable import CoverAPI

/// Tests what the client does if the host of an image has a fault.
struct DownloadRetryTests {
    private static let good = ScriptedExchange.Reply.answer(status: 200, headers: [], body: SampleImages.png)

    private static func refusal(_ status: Int, after seconds: String? = nil) -> ScriptedExchange.Reply {
        .answer(status: status, headers: seconds.map { [("Retry-After", $0)] } ?? [], body: [])
    }

    /// A client whose API has a task with three images. The host of the images refuses the second one.
    private func client(
        _ fault: ScriptedExchange.Reply,
        times: Int = .max,
        completed: String? = nil,
        clock: ManualClock = ManualClock()
    ) throws -> (CoverClient, ScriptedExchange) {
        let left = Mutex(times)
        let time = completed.map { #""completeTime":"\#($0)","# } ?? ""
        let exchange = ScriptedExchange { request, _ in
            if request.url.contains("record-info") {
                let images = #"["https://i/1","https://i/2","https://i/3"]"#
                return .json(#"{"code":200,"data":{"successFlag":1,\#(time)"response":{"images":\#(images)}}}"#)
            }
            let isFault =
                request.url == "https://i/2"
                && left.withLock { left in
                    left -= 1
                    return left >= 0
                }
            return isFault ? fault : Self.good
        }
        let client = try CoverClient(
            configuration: CoverClient.Configuration(credentials: Credentials(environment: APIKey("k"))),
            exchange: exchange,
            timeline: clock.timeline(),
            random: { 0 }
        )
        return (client, exchange)
    }

    @Test(arguments: [
        refusal(503), refusal(503, after: "0"), refusal(429), refusal(500), refusal(408),
        .failure(CoverError(.unreachable, "x")), .failure(CoverError(.malformedResponse, "x")),
        .answer(status: 200, headers: [], body: SampleImages.png.dropLast()),
    ])
    func aTemporaryFaultIsRetried(_ fault: ScriptedExchange.Reply) async throws {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        let (client, exchange) = try client(fault, times: 3)
        #expect(try await client.download(taskId: "t", into: directory.path).count == 3)
        #expect(directory.names == ["t-1.png", "t-2.png", "t-3.png"])
        // One query about the task, one request for each image, and three more for the second image.
        #expect(exchange.requests.count == 7)
        let (another, _) = try self.client(fault, times: 3)
        #expect(try await another.image(2, of: "t").bytes == SampleImages.png)
    }

    @Test func aFaultThatLastsNamesItsImage() async throws {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        let (client, exchange) = try client(Self.refusal(503))
        for work in [
            { _ = try await client.download(taskId: "t", into: directory.path) },
            { _ = try await client.image(2, of: "t") },
        ] as [@Sendable () async throws -> Void] {
            let error = await #expect(throws: CoverError.self) { try await work() }
            #expect(error?.message == "Image 2 of 3: The image host refused (HTTP 503).")
            #expect(error?.image == 2 && error?.taskId == "t" && error?.retryable == true)
        }
        #expect(exchange.requests.count { $0.url == "https://i/2" } == 8)
        #expect(directory.names.isEmpty)
    }

    @Test func thePauseOfTheHostIsKept() async throws {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        let clock = ManualClock()
        let (client, exchange) = try client(Self.refusal(503, after: "7"), times: 1, clock: clock)
        let path = directory.path
        let pauses = Mutex<[DownloadProgress]>([])
        let task = Task {
            try await client.download(taskId: "t", into: path) { progress in
                if progress.retry != nil { pauses.withLock { $0.append(progress) } }
            }
        }
        await exchange.requests(atLeast: 3)
        // One task sleeps for the time limits, the other one for the pause.
        await clock.sleepers(atLeast: 2)
        #expect(clock.nextDeadline?.offset == .seconds(7))
        let pause =
            #""receivedBytes":0,"totalBytes":null,"retry":{"message":"The image host refused (HTTP 503).","after":7}"#
        #expect(pauses.withLock { $0.map(\.jsonText) } == [#"{"image":2,"images":3,\#(pause)}"#])
        clock.advance(by: .seconds(7))
        #expect(try await task.value.count == 3)
        #expect(exchange.requests.count == 5)
    }

    @Test func aPauseBeyondTheTimeLimitEndsTheDownload() async throws {
        let (client, exchange) = try client(Self.refusal(503, after: "300"))
        let error = await #expect(throws: CoverError.self) { try await client.image(2, of: "t") }
        #expect(error?.retryAfter == 300)
        #expect(exchange.requests.count == 2)
    }

    @Test func aCancelledPauseEndsAtOnce() async throws {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        let clock = ManualClock()
        let (client, exchange) = try client(Self.refusal(503, after: "60"), clock: clock)
        let path = directory.path
        let task = Task { try await client.download(taskId: "t", into: path) }
        await exchange.requests(atLeast: 3)
        await clock.sleepers(atLeast: 2)
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(exchange.requests.count == 3)
        #expect(directory.names.isEmpty)
    }

    /// The manual clock starts at 10:33:01 on that day.
    @Test(
        arguments: [
            (404, "2025-01-15 10:30:00", true), (403, "2025-01-15 10:30:00", true), (404, "2025-01-15 10:34:00", true),
            (410, "2025-01-15 10:30:00", false), (404, "2025-01-15 10:28:00", false), (404, nil, false),
        ] as [(Int, String?, Bool)]
    )
    func anImageOfANewTaskMayComeLate(httpStatus: Int, completed: String?, isRetried: Bool) async throws {
        let clock = ManualClock()
        let (client, exchange) = try client(Self.refusal(httpStatus), completed: completed, clock: clock)
        let task = Task { try await client.image(2, of: "t") }
        for count in 2..<(isRetried ? 5 : 2) {
            await exchange.requests(atLeast: count)
            await clock.sleepers(atLeast: 2)
            clock.advance(by: .seconds(5))
        }
        let error = await #expect(throws: CoverError.self) { try await task.value }
        #expect(error?.retryable == isRetried)
        #expect(error?.retryAfter == (isRetried ? 5 : nil))
        #expect(error?.message.hasSuffix("the task has only just ended.") == isRetried)
        #expect(exchange.requests.count == (isRetried ? 5 : 2))
    }
}
