import APITestSupport
import CoverAPI
import CoverModel
import Jansson
import TestSupport
import Testing

/// Tests the client with a scripted network and a clock that stands still.
struct CoverClientTests {
    private static let pending = ScriptedExchange.Reply.json(#"{"code":200,"data":{"successFlag":0}}"#)
    private static let limited = ScriptedExchange.Reply.json(#"{"code":429,"msg":"slow"}"#)

    private let clock = ManualClock()

    private func client(
        _ exchange: ScriptedExchange,
        key: String? = "secret-key",
        rate: Double = 1000,
        burst: Double? = nil
    ) throws -> CoverClient {
        var configuration = CoverClient.Configuration()
        configuration.credentials = Credentials(environment: key.flatMap(APIKey.init))
        configuration.credentials.ways = ["with a file", "in a variable", "at the start"]
        configuration.rate = rate
        configuration.burst = burst
        return try CoverClient(
            configuration: configuration,
            exchange: exchange,
            timeline: clock.timeline(),
            random: { 0.5 }
        )
    }

    @Test func queriesHaveTheFormOfTheAPI() async throws {
        let exchange = ScriptedExchange([Self.pending])
        let status = try await client(exchange).status(of: "a/b ü")
        #expect(status.state == .pending)
        #expect(status.record == nil)
        let request = try #require(exchange.requests.first)
        #expect(request.url == "https://api.kie.ai/api/v1/suno/cover/record-info?taskId=a%2Fb%20%C3%BC")
        let headers = Dictionary(uniqueKeysWithValues: request.headers.map { ($0.name, $0.value) })
        #expect(headers["Authorization"] == "Bearer secret-key")
        #expect(headers["User-Agent"] == "cover-bridge/" + coverBridgeVersion)
        #expect(headers["Content-Type"] == "application/json")
    }

    @Test func recordComesOnRequest() async throws {
        let client = try client(ScriptedExchange([Self.pending]))
        #expect(try await client.status(of: "t", includeRecord: true).record?["successFlag"]?.integer == 0)
    }

    @Test(arguments: ["", "a\nb", TaskID(String(repeating: "x", count: 257))])
    func invalidIDsAreRefused(_ id: TaskID) async throws {
        let exchange = ScriptedExchange([Self.pending])
        await expect(kind: .badRequest) { try await client(exchange).status(of: id) }
        #expect(exchange.requests.isEmpty)
    }

    @Test func identicalQueriesAreOneRequest() async throws {
        let (gate, open) = AsyncStream<Void>.makeStream()
        let exchange = ScriptedExchange { _, _ in
            for await _ in gate {}
            return Self.pending
        }
        let client = try client(exchange)
        try await withThrowingTaskGroup(of: CoverState.self) { group in
            for _ in 0..<100 { group.addTask { try await client.status(of: "t").state } }
            while client.statistics.coalesced < 99 { await Task.yield() }
            open.finish()
            for try await state in group { #expect(state == .pending) }
        }
        #expect(exchange.requests.count == 1)
        #expect(client.statistics.requests == 1)
    }

    @Test func onlyTheLastCallerCancelsTheRequest() async throws {
        let exchange = ScriptedExchange([.silence])
        let client = try client(exchange)
        let first = Task { try await client.poll("t") }
        await exchange.requests(atLeast: 1)
        let second = Task { try await client.poll("t") }
        while client.statistics.coalesced < 1 { await Task.yield() }
        first.cancel()
        await #expect(throws: CancellationError.self) { try await first.value }
        #expect(exchange.cancelledCount == 0)
        second.cancel()
        await #expect(throws: CancellationError.self) { try await second.value }
        while exchange.cancelledCount == 0 { await Task.yield() }
        #expect(exchange.requests.count == 1)
    }

    @Test func maxAgeServesFromMemory() async throws {
        let exchange = ScriptedExchange([Self.pending])
        let client = try client(exchange)
        _ = try await client.status(of: "t")
        clock.advance(by: .seconds(5))
        _ = try await client.status(of: "t", maxAge: .seconds(5))
        #expect(exchange.requests.count == 1)
        _ = try await client.status(of: "t", maxAge: .seconds(4))
        #expect(exchange.requests.count == 2)
        _ = try await client.status(of: "t")
        #expect(exchange.requests.count == 3)
        #expect(client.statistics.remembered == 1)
    }

    @Test func statusRetriesThriceWithJitter() async throws {
        let exchange = ScriptedExchange([Self.limited, Self.limited, Self.limited, Self.pending])
        let client = try client(exchange)
        let task = Task { try await client.status(of: "t") }
        // The pauses before the retries are half of 0.5, 1 and 2 seconds.
        for (count, delay) in [(1, 250), (2, 500), (3, 1000)] {
            await exchange.requests(atLeast: count)
            await sleeping(until: clock.now.offset + .milliseconds(delay))
            clock.advance(by: .milliseconds(delay))
        }
        #expect(try await task.value.state == .pending)
        #expect(client.statistics.retries == 3)
    }

    /// Waits until a task sleeps that will wake up at this moment, before all other tasks.
    private func sleeping(until moment: Duration) async {
        while clock.nextDeadline?.offset != moment { await Task.yield() }
    }

    @Test func retryAfterBeyondTheDeadlineIsNotWaitedFor() async throws {
        let exchange = ScriptedExchange([.json("{}", status: 429, headers: [("Retry-After", "120")])])
        await expect(kind: .rateLimited) { try await client(exchange).status(of: "t") }
        #expect(exchange.requests.count == 1)
    }

    @Test(arguments: [
        #"{"code":200,"data":null}"#, #"{"code":422,"msg":"recordInfo is null"}"#, #"{"code":402,"msg":"m"}"#,
    ])
    func lastingErrorsAreNotRetried(_ body: String) async throws {
        let exchange = ScriptedExchange([.json(body)])
        await #expect(throws: CoverError.self) { try await client(exchange).status(of: "t") }
        #expect(exchange.requests.count == 1)
    }

    /// The error says that the task is unknown. The code 422 alone means that the request was invalid.
    @Test func anUnknownTaskIsReportedAsUnknown() async throws {
        let exchange = ScriptedExchange([.json(#"{"code":422,"msg":"recordInfo is null"}"#)])
        do {
            _ = try await client(exchange).poll("t")
            Issue.record("a task that is not known has a status")
        } catch let error as CoverError {
            #expect(error.kind == .taskNotFound)
            #expect(error.message == "The API does not know this task.")
        }
    }

    @Test func aPollIsOneQuery() async throws {
        let exchange = ScriptedExchange([Self.limited])
        await expect(kind: .rateLimited) { try await client(exchange).poll("t") }
        #expect(exchange.requests.count == 1)
    }

    @Test func aSilentAPIFailsTheQueryAtTheDeadline() async throws {
        let exchange = ScriptedExchange([.silence])
        let client = try client(exchange)
        let task = Task { try await client.poll("t") }
        await exchange.requests(atLeast: 1)
        await sleeping(until: .seconds(30))
        clock.advance(by: .seconds(30))
        await expect(kind: .requestTimeout) { try await task.value }
        #expect(exchange.cancelledCount == 1)
    }

    /// If the time of one caller is over, only that caller leaves. The query continues while another caller waits for
    /// it.
    @Test(arguments: [false, true]) func aStatusHasADeadlineOfItsOwn(isShared: Bool) async throws {
        let exchange = ScriptedExchange([.silence])
        let client = try client(exchange)
        let other = isShared ? Task { try await client.poll("t") } : nil
        if isShared { await exchange.requests(atLeast: 1) }
        let task = Task { try await client.status(of: "t", deadline: .seconds(10)) }
        await exchange.requests(atLeast: 1)
        while isShared, client.statistics.coalesced == 0 { await Task.yield() }
        await sleeping(until: .seconds(10))
        clock.advance(by: .seconds(10))
        await expect(kind: .requestTimeout) { try await task.value }
        if let other {
            #expect(exchange.cancelledCount == 0)
            await sleeping(until: .seconds(30))
            clock.advance(by: .seconds(20))
            await expect(kind: .requestTimeout) { try await other.value }
        }
        #expect(exchange.cancelledCount == 1)
    }

    @Test func theRateHoldsAndUrgentQueriesGoFirst() async throws {
        let exchange = ScriptedExchange([Self.pending])
        let client = try client(exchange, rate: 10, burst: 1)
        let looks = (0..<5).map { number in Task { try await client.poll("w\(number)") } }
        await exchange.requests(atLeast: 1)
        while client.statistics.waiting < 4 { await Task.yield() }
        #expect(exchange.requests.count == 1)
        let urgent = Task { try await client.status(of: "urgent") }
        while client.statistics.waiting < 5 { await Task.yield() }
        for count in 2...6 {
            await sleeping(until: .milliseconds(100 * (count - 1)))
            clock.advance(by: .milliseconds(100))
            await exchange.requests(atLeast: count)
            #expect(exchange.requests.count == count)
        }
        #expect(exchange.requests[1].url.hasSuffix("=urgent"))
        for look in looks { _ = try await look.value }
        _ = try await urgent.value
    }

    @Test func theErrorForAMissingKeyNamesTheThreeWays() async throws {
        let client = try client(ScriptedExchange([Self.pending]), key: nil)
        #expect(await client.credentialSource == .none)
        let error = try await #require(throws: CoverError.self) { try await client.status(of: "t") }
        #expect(error.kind == .missingCredentials)
        #expect(error.message == "No API key. Give one with a file, in a variable, or at the start.")
        client.use(apiKey: " Bearer k \n")
        #expect(await client.credentialSource == .initialize)
        #expect(try await client.status(of: "t").state == .pending)
    }

    @Test func keyStaysOutOfErrors() async throws {
        let exchange = ScriptedExchange([.json(#"{"code":401,"msg":"Bearer secret-key is not valid"}"#)])
        let error = try await #require(throws: CoverError.self) { try await client(exchange).poll("t") }
        #expect(error.apiMessage == "Bearer [key] is not valid")
        #expect(!String(reflecting: error).contains("secret-key"))
    }

    @Test func shutdownAnswersQueriesInFlight() async throws {
        let exchange = ScriptedExchange([.silence])
        let client = try client(exchange)
        let task = Task { try await client.poll("t") }
        await exchange.requests(atLeast: 1)
        await client.shutdown()
        await expect(kind: .shuttingDown) { try await task.value }
        await expect(kind: .shuttingDown) { try await client.poll("t") }
        #expect(exchange.isShutDown)
    }

    @Test(arguments: [
        ("http://api.kie.ai", CoverError.Kind.insecureEndpoint), ("http://127.0.0.1.evil.com", .insecureEndpoint),
        ("http://127.0.0.1@evil.com", .badRequest), ("ftp://x", .badRequest), ("", .badRequest),
        ("https://", .badRequest),
        ("https://h:99999", .badRequest), ("https://h/?q", .badRequest), ("http://128.0.0.1", .insecureEndpoint),
        ("http://[::2]:80", .insecureEndpoint),
    ])
    func refusesEndpoint(_ endpoint: String, _ kind: CoverError.Kind) throws {
        let error = try #require(throws: CoverError.self) {
            try CoverClient(configuration: .init(endpoint: endpoint), exchange: ScriptedExchange([]))
        }
        #expect(error.kind == kind)
    }

    @Test(arguments: [
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080/"),
        ("http://localhost/pre/fix/", "http://localhost/pre/fix/"),
        ("http://[::1]:9", "http://[::1]:9/"), ("http://127.9.9.9", "http://127.9.9.9/"),
        ("HTTPS://API.sunoapi.org", "https://api.sunoapi.org/"),
        // Vendors print these forms of the address, and people copy them.
        ("https://api.kie.ai/api/v1", "https://api.kie.ai/"), ("https://api.kie.ai/api/v1/", "https://api.kie.ai/"),
        ("https://gate.example/kie/api/v1//", "https://gate.example/kie/"),
        ("https://api.kie.ai/api/v1/suno/cover/record-info", "https://api.kie.ai/"),
        (#" "https://api.kie.ai/api/v1" "#, "https://api.kie.ai/"),
        ("'https://api.kie.ai'", "https://api.kie.ai/"),
        ("https://api.kie.ai/api/v1/suno/cover/record-info?taskId=x", "https://api.kie.ai/"),
        ("https://api.kie.ai/api/v1/jobs/recordInfo/", "https://api.kie.ai/"),
        ("https://api.kie.ai/api/v1/chat/credit", "https://api.kie.ai/"),
        ("https://api.kie.ai/api/v1#x", "https://api.kie.ai/"),
        ("https://api.kie.ai/api/v1/suno/", "https://api.kie.ai/"),
        ("https://api.kie.ai/API/V1/Jobs", "https://api.kie.ai/"),
        ("https://api.kie.ai/#/api/v1", "https://api.kie.ai/"),
        ("https://api.kie.ai/api/v2", "https://api.kie.ai/api/v2/"), ("https://h/my-api/v1", "https://h/my-api/v1/"),
    ])
    func takesEndpoint(_ endpoint: String, _ prefix: String) async throws {
        let exchange = ScriptedExchange([Self.pending])
        let client = try CoverClient(
            configuration: .init(endpoint: endpoint),
            exchange: exchange,
            timeline: clock.timeline()
        )
        client.use(apiKey: "k")
        _ = try await client.poll("t")
        #expect(exchange.requests.first?.url == prefix + "api/v1/suno/cover/record-info?taskId=t")
    }
}
