import APITestSupport
import CoverModel
import Jansson
import TestSupport
import Testing

@testable import CoverAPI

/// Tests callbacks of the API, with a scripted network and a clock that stands still at 1736937181 s.
@Suite(.timeLimit(.minutes(5)))
struct CallbackTests {
    private static let key = "secret-webhook-key-1"
    private let clock = ManualClock()

    private static func record(_ flag: Int) -> ScriptedExchange.Reply {
        .json(#"{"code":200,"data":{"successFlag":\#(flag),"response":{"images":["https://h.example/1.png"]}}}"#)
    }

    private func client(
        _ exchange: ScriptedExchange,
        webhook: Credentials = Credentials(environment: APIKey(Self.key), variable: "KIE_WEBHOOK_KEY"),
        rate: Double = 1000
    ) throws -> CoverClient {
        var configuration = CoverClient.Configuration(credentials: Credentials(environment: APIKey("secret-key")))
        configuration.webhookCredentials = webhook
        configuration.rate = rate
        return try CoverClient(configuration: configuration, exchange: exchange, timeline: clock.timeline())
    }

    private func notice(
        _ taskId: String = "task-1",
        timestamp: String? = "1736937181",
        signature: String? = "YA3oKZa+eypFzlAnvIQDQWjw6rmOvNN6kxko1a8HjWg="
    ) throws -> CallbackNotice {
        let body = try JSONValue(parsing: #"{"data":{"taskId":"\#(taskId)"}}"#)
        return try CallbackNotice(body: body, timestamp: timestamp, signature: signature)
    }

    @Test(arguments: [
        (#"{"code":200,"data":{"taskId":"a","task_id":"b"},"taskId":"c"}"#, "a"), (#"{"data":{"task_id":"b"}}"#, "b"),
        (#"{"data":null,"taskId":"c","task_id":"d"}"#, "c"), (#"{"task_id":"d"}"#, "d"),
        (#"{"data":[],"taskId":7}"#, "7"),
        (#""{\"data\":{\"taskId\":\"a\"}}""#, "a"), (#"{"data":"{\"taskId\":\"a\"}"}"#, "a"),
        (#"{"data":{"taskId":"","task_id":" b "}}"#, " b "), ("{}", nil), ("[]", nil), ("7", nil), (#""text""#, nil),
        (#"{"data":{"taskId":null}}"#, nil), (#"{"data":{"taskId":"a\u0007"}}"#, nil),
        (#"{"data":{"TASKID":"a"}}"#, nil),
    ])
    func theTaskIsFoundInFourPlaces(body: String, id: String?) throws {
        let body = try JSONValue(parsing: body)
        let notice = try? CallbackNotice(body: body, timestamp: nil, signature: nil)
        #expect(notice?.taskId.text == id)
    }

    /// The expected signatures come from `openssl dgst -sha256 -hmac`.
    @Test(
        arguments: [
            ("task-1", "1736937181", "YA3oKZa+eypFzlAnvIQDQWjw6rmOvNN6kxko1a8HjWg=", true),
            ("task-1", " 1736937181\r", " YA3oKZa+eypFzlAnvIQDQWjw6rmOvNN6kxko1a8HjWg= ", true),
            ("task-1", "1736937481", "SYIEybdnbnHRgHPx7OLnsgXPDFCWn8zPABBrqfANHAU=", true),
            ("task-1", "1736936881", "xA+Fa4QSzrp0gmWD5j5GAWllIlJa1bjylSQGpaFDLRs=", true),
            ("task-1", "1736937482", "S4flt5RqZXEu7x7DwaIOFmlQyPVtgzpwiYpYCHAxuQM=", false),
            ("task-1", "1736936880", "QDE8gew48QYY1vXlZNFrso2EDchAKx7ix4fnC0n4HXY=", false),
            ("task-2", "1736937181", "YA3oKZa+eypFzlAnvIQDQWjw6rmOvNN6kxko1a8HjWg=", false),
            ("task-1", "1736937182", "YA3oKZa+eypFzlAnvIQDQWjw6rmOvNN6kxko1a8HjWg=", false),
            ("task-1", "1736937181", "5WjpBfWWHarKtYCW8repd9sQPPf6PyxOsVTWUW20RV8=", false),
            ("task-1", "1736937181", "", false),
            ("task-1", "1736937181", nil, false),
            ("task-1", nil, "YA3oKZa+eypFzlAnvIQDQWjw6rmOvNN6kxko1a8HjWg=", false),
            ("task-1", "", "YA3oKZa+eypFzlAnvIQDQWjw6rmOvNN6kxko1a8HjWg=", false),
            ("task-1", "+1736937181", "YA3oKZa+eypFzlAnvIQDQWjw6rmOvNN6kxko1a8HjWg=", false),
            ("task-1", "1736937181.0", "YA3oKZa+eypFzlAnvIQDQWjw6rmOvNN6kxko1a8HjWg=", false),
            ("task-1", "99999999999999999999", "YA3oKZa+eypFzlAnvIQDQWjw6rmOvNN6kxko1a8HjWg=", false),
            ("task-1", "-9223372036854775808", "YA3oKZa+eypFzlAnvIQDQWjw6rmOvNN6kxko1a8HjWg=", false),
        ] as [(String, String?, String?, Bool)]
    )
    func aSignatureIsRightOrNot(taskId: String, timestamp: String?, signature: String?, isRight: Bool) async throws {
        let exchange = ScriptedExchange([Self.record(1)])
        let client = try client(exchange)
        let notice = try notice(taskId, timestamp: timestamp, signature: signature)
        if isRight {
            #expect(try await client.verify(notice))
        } else {
            await expect(kind: .badSignature) { _ = try await client.verify(notice) }
        }
        #expect(exchange.requests.isEmpty)
    }

    @Test func withoutAKeyNoCallbackIsVerified() async throws {
        let client = try client(ScriptedExchange([]), webhook: Credentials(variable: "KIE_WEBHOOK_KEY"))
        #expect(try await client.verify(notice()) == false)
    }

    @Test(arguments: ["${WEBHOOK_KEY}", "two words"])
    func anInvalidKeyIsNotTreatedAsNoKey(value: String) async throws {
        let client = try client(ScriptedExchange([]), webhook: Credentials(variable: "KIE_WEBHOOK_KEY", value: value))
        await expect(kind: .missingCredentials) { _ = try await client.verify(notice()) }
    }

    @Test func theKeyFileIsReadAgain() async throws {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        directory.write("another-key-22", to: "key")
        let credentials = Credentials(file: directory.path + "/key", variable: "KIE_WEBHOOK_KEY")
        let client = try client(ScriptedExchange([]), webhook: credentials)
        await expect(kind: .badSignature) { _ = try await client.verify(notice()) }
        directory.write(Self.key + "\n", to: "key")
        #expect(try await client.verify(notice()))
    }

    /// Waits until the client sleeps before its next poll. A query that is not answered yet also sleeps, until its time
    /// limit, so the number of sleepers says nothing.
    private func nextPoll(in wait: Duration) async {
        while clock.nextDeadline?.offset != clock.now.offset + wait { await Task.yield() }
    }

    @Test func aRecordThatLagsIsPolledAfterOneTwoFourAndEightSeconds() async throws {
        let exchange = ScriptedExchange([Self.record(2)])
        let client = try client(exchange)
        async let status = client.status(announcedBy: notice(), isVerified: true)
        for (count, wait) in [1, 1, 2, 4].enumerated() {
            await nextPoll(in: .seconds(wait))
            clock.advance(by: .seconds(wait) - .milliseconds(1))
            #expect(exchange.requests.count == count + 1)
            clock.advance(by: .milliseconds(1))
        }
        #expect(try await status.state == .generating)
        #expect(exchange.requests.count == 5)
    }

    @Test func aFinalRecordIsNotPolledAgain() async throws {
        let exchange = ScriptedExchange([
            .json(#"{"code":422,"msg":"recordInfo is null"}"#), Self.record(2), Self.record(1),
        ])
        let client = try client(exchange)
        async let status = client.status(announcedBy: notice(), isVerified: true)
        for count in 1...2 {
            await exchange.requests(atLeast: count)
            await nextPoll(in: .seconds(1))
            clock.advance(by: .seconds(1))
        }
        #expect(try await status.state == .succeeded)
        #expect(exchange.requests.count == 3)
    }

    /// If one caller leaves, the polls for the other callers continue.
    @Test func thePollsContinueWithoutTheCaller() async throws {
        let exchange = ScriptedExchange([Self.record(2)])
        let client = try client(exchange)
        let caller = Task { try await client.status(announcedBy: notice(), isVerified: true) }
        await exchange.requests(atLeast: 1)
        await nextPoll(in: .seconds(1))
        caller.cancel()
        await #expect(throws: CancellationError.self) { try await caller.value }
        #expect(try await client.status(announcedBy: notice(), isVerified: true).state == .generating)
        clock.advance(by: .seconds(1))
        await exchange.requests(atLeast: 3)
        await client.shutdown()
    }

    @Test func aFailingAPIIsQueriedFiveTimes() async throws {
        let exchange = ScriptedExchange([.json(#"{"code":500,"msg":"no"}"#)])
        let client = try client(exchange)
        let status = Task { try await client.status(announcedBy: notice(), isVerified: true) }
        for (count, wait) in [1, 1, 2, 4].enumerated() {
            await exchange.requests(atLeast: count + 1)
            await nextPoll(in: .seconds(wait))
            clock.advance(by: .seconds(wait))
        }
        await expect(kind: .serverError) { try await status.value }
        #expect(exchange.requests.count == 5)
    }

    @Test func aPauseOfTheAPIReplacesThePollsWithinIt() async throws {
        let slow = ScriptedExchange.Reply.json(#"{"code":429,"msg":"no"}"#, headers: [("Retry-After", "3")])
        let exchange = ScriptedExchange([slow, Self.record(1)])
        let client = try client(exchange)
        async let status = client.status(announcedBy: notice(), isVerified: true)
        await exchange.requests(atLeast: 1)
        await nextPoll(in: .seconds(4))
        clock.advance(by: .seconds(4))
        #expect(try await status.state == .succeeded)
        #expect(exchange.requests.count == 2)
    }

    /// If a query was sent before the callback came, its answer may contain an older record.
    @Test func aQueryFromBeforeTheCallbackIsNotEnough() async throws {
        let gate = Gate()
        let exchange = ScriptedExchange { _, number in
            if number == 0 { await gate.pass() }
            return Self.record(number == 0 ? 2 : 1)
        }
        let client = try client(exchange)
        async let before = client.poll("task-1")
        await exchange.requests(atLeast: 1)
        async let after = client.status(announcedBy: notice(), isVerified: true)
        while client.statistics.coalesced < 1 { await Task.yield() }
        gate.open()
        #expect(try await before.state == .generating)
        #expect(try await after.state == .succeeded)
        #expect(exchange.requests.count == 2)
    }

    @Test func aThousandCallbacksShareQueries() async throws {
        let gate = Gate()
        let exchange = ScriptedExchange { _, number in
            await gate.pass()
            return Self.record(2)
        }
        let client = try client(exchange)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<1000 {
                group.addTask { _ = try await client.status(announcedBy: notice(), isVerified: true) }
            }
            while client.statistics.coalesced < 999 { await Task.yield() }
            gate.open()
            // One call polls again. All other calls are answered.
            for _ in 0..<999 { try await group.next() }
            group.cancelAll()
            do { try await group.next() } catch is CancellationError {}
        }
        #expect(exchange.requests.count <= 3)
    }
}
