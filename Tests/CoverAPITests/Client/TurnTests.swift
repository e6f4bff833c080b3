import APITestSupport
import CoverAPI
import CoverModel
import TestSupport
import Testing

/// Tests how queries use their turns in the budget.
struct TurnTests {
    private static let pending = ScriptedExchange.Reply.json(#"{"code":200,"data":{"successFlag":0}}"#)

    private let clock = ManualClock()

    private static func client(
        _ exchange: ScriptedExchange,
        _ clock: ManualClock,
        rate: Double,
        burst: Double? = nil
    ) throws -> CoverClient {
        var configuration = CoverClient.Configuration()
        configuration.credentials = Credentials(environment: APIKey("secret-key"))
        configuration.rate = rate
        configuration.burst = burst
        return try CoverClient(configuration: configuration, exchange: exchange, timeline: clock.timeline())
    }

    /// The wait for a turn does not use up the time limit of a call. A long wait also says nothing about the API.
    @Test func theTimeLimitBeginsWhenAQueryIsSent() async throws {
        let exchange = ScriptedExchange([Self.pending])
        let client = try Self.client(exchange, clock, rate: 2)
        let calls = (0..<140).map { number in Task { try await client.status(of: "t\(number)") } }
        while client.statistics.waiting < 139 { await Task.yield() }
        for _ in 1...139 {
            await clock.sleepers(atLeast: 1)
            let sent = exchange.requests.count
            clock.advance(by: .milliseconds(500))
            await exchange.requests(atLeast: sent + 1)
        }
        for call in calls { #expect(try await call.value.state == .pending) }
        #expect(exchange.requests.count == 140)
    }

    @Test func anUnusedTurnOfAPollIsGivenBack() async throws {
        let gate = Gate()
        let exchange = ScriptedExchange { _, _ in
            await gate.pass()
            return Self.pending
        }
        let client = try Self.client(exchange, clock, rate: 0.01, burst: 2)
        let call = Task { try await client.status(of: "t") }
        await exchange.requests(atLeast: 1)
        #expect(client.turns(1) == Turns(granted: 1))
        let look = Task { try await client.pollInTurn("t") }
        while client.statistics.coalesced == 0 { await Task.yield() }
        #expect(client.statistics.tokens >= 1)
        gate.open()
        let reading = try await look.value
        #expect(try reading.result.get().state == .pending)
        #expect(reading.number == 1)
        _ = try await call.value
        #expect(exchange.requests.count == 1)
    }
}
