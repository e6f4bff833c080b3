import APITestSupport
import CoverAPI
import CoverModel
import Synchronization
import TestSupport
import Testing

/// A client whose key is also used by other bridges.
struct FleetClientTests {
    private static let pending = ScriptedExchange.Reply.json(#"{"code":200,"data":{"successFlag":0}}"#)
    private static let shared = SharedReading(number: ReadingNumber(epoch: 1, value: 7))

    private let clock = ManualClock()

    private func client(_ exchange: ScriptedExchange, _ fleet: ScriptedFleet, rate: Double = 10) throws -> CoverClient {
        var configuration = CoverClient.Configuration()
        configuration.credentials = Credentials(environment: APIKey("secret-key"))
        configuration.rate = rate
        return try CoverClient(
            configuration: configuration,
            exchange: exchange,
            fleet: fleet,
            timeline: clock.timeline(),
            random: { 0 }
        )
    }

    @Test func aQueryIsMadeInItsTurnAndItsReadingIsShared() async throws {
        let exchange = ScriptedExchange([Self.pending])
        let fleet = ScriptedFleet([.go(Self.shared)])
        let client = try client(exchange, fleet)
        #expect(client.turns(1).granted == 1)
        let reading = try await client.pollInTurn("t", .newer(than: nil, orWithin: .seconds(30)))
        #expect(try reading.result.get().state == .pending)
        #expect(reading.shared == Self.shared && reading.number == 1)
        #expect(fleet.asked == ["t patient"] && fleet.outcomes == ["pending"])
        #expect(exchange.requests.count == 1)
    }

    @Test func aSharedReadingCostsNoQueryAndNoTurn() async throws {
        let exchange = ScriptedExchange([Self.pending])
        let fleet = ScriptedFleet([.known(.success(.scripted("t", .generating)), Self.shared)])
        let client = try client(exchange, fleet)
        let tokens = client.statistics.tokens
        #expect(client.turns(1).granted == 1)
        let reading = try await client.pollInTurn("t", .newer(than: nil, orWithin: .seconds(30)))
        #expect(try reading.result.get().state == .generating)
        #expect(reading.shared == Self.shared)
        #expect(try await client.status(of: "t").state == .generating)
        #expect(fleet.asked == ["t patient", "t urgent"])
        #expect(exchange.requests.isEmpty)
        #expect(client.statistics.tokens == tokens)
    }

    @Test func aDeferredWatchGoesBackAndACallThatJoinedItQueriesAgain() async throws {
        let exchange = ScriptedExchange([Self.pending])
        let fleet = ScriptedFleet([.deferred(until: .seconds(4)), .go(nil)])
        let client = try client(exchange, fleet)
        await #expect(throws: FleetDeferral(until: .seconds(4))) { try await client.pollInTurn("t", .own) }
        #expect(try await client.status(of: "t").state == .pending)
        #expect(fleet.asked == ["t patient own", "t urgent"])
    }

    /// The turn of the call belongs to the fleet's budget, which is lost with the store. The call needs a second turn
    /// from the bridge's own share.
    @Test(arguments: [true, false])
    func aCallThatWaitedWhenTheStoreWasLostNeedsANewTurn(isAboutATask: Bool) async throws {
        let exchange = ScriptedExchange([isAboutATask ? Self.pending : .json(#"{"code":200,"data":7}"#)])
        let fleet = ScriptedFleet([.void, .go(nil)])
        let client = try client(exchange, fleet, rate: 1)
        let call = Task {
            if isAboutATask { _ = try await client.status(of: "t") } else { _ = try await client.credits() }
        }
        while fleet.asked.isEmpty { await Task.yield() }
        await clock.sleepers(atLeast: 1)
        #expect(fleet.asked.count == 1 && exchange.requests.isEmpty)
        clock.advance(by: .seconds(1))
        _ = await call.result
        #expect(fleet.asked == Array(repeating: isAboutATask ? "t urgent" : "- urgent", count: 2))
        #expect(exchange.requests.count == 1)
    }

    @Test func aWatchThatWaitedWhenTheStoreWasLostAsksForATurnItself() async throws {
        let exchange = ScriptedExchange([Self.pending])
        let client = try client(exchange, ScriptedFleet([.void]), rate: 1)
        #expect(client.turns(1).granted == 1)
        await #expect(throws: FleetDeferral.self) { try await client.pollInTurn("t", .own) }
        // The client does not give the void turn back to the budget.
        #expect(client.turns(1).granted == 0 && exchange.requests.isEmpty)
    }

    /// A pause of the fleet works like a pause that the API asks for. Calls wait for a short pause, and no reading says
    /// that the API throttled.
    @Test func aCallWaitsForTheFleetsPause() async throws {
        let exchange = ScriptedExchange([Self.pending])
        let fleet = ScriptedFleet([.paused(.seconds(5)), .go(nil)])
        let client = try client(exchange, fleet)
        let readings = Mutex<[String]>([])
        client.onReading { taskId, reading in
            readings.withLock { $0.append("\(taskId?.text ?? "-") \(reading.result.kind ?? "status")") }
        }
        let call = Task { try await client.status(of: "t") }
        await clock.sleepers(atLeast: 1)
        #expect(exchange.requests.isEmpty)
        clock.advance(by: .seconds(5))
        #expect(try await call.value.state == .pending)
        #expect(readings.withLock(\.self) == ["t status"])
    }

    @Test func aCallFailsIfThePauseIsTooLong() async throws {
        let exchange = ScriptedExchange([Self.pending])
        let client = try client(exchange, ScriptedFleet([.paused(.seconds(500))]))
        let error = await #expect(throws: CoverError.self) { try await client.status(of: "t") }
        #expect(error?.kind == .rateLimited && error?.retryAfter == 500 && error?.taskId == "t")
        #expect(exchange.requests.isEmpty)
    }

    @Test func anOrderInAPauseIsNotSentAndSaysSo() async throws {
        let exchange = ScriptedExchange([.json(#"{"code":200,"data":{"taskId":"c"}}"#)])
        let fleet = ScriptedFleet([.paused(.seconds(5)), .go(nil)])
        let client = try client(exchange, fleet)
        let error = await #expect(throws: CoverError.self) {
            try await client.generate(from: "m", callbackUrl: "https://example.com/")
        }
        #expect(error?.kind == .rateLimited && error?.message.contains("may exist") == false)
        #expect(exchange.requests.isEmpty)
        let order = try await client.generate(from: "m", callbackUrl: "https://example.com/")
        #expect(order.taskId == "c")
        #expect(fleet.asked == ["- urgent", "- urgent"] && fleet.outcomes == ["answered"])
    }

    @Test func aThrottledOrderPausesTheFleet() async throws {
        let exchange = ScriptedExchange([.json(#"{"code":429,"msg":"slow down"}"#)])
        let fleet = ScriptedFleet([.go(nil)])
        let client = try client(exchange, fleet)
        _ = await #expect(throws: CoverError.self) { try await client.credits() }
        #expect(fleet.outcomes == ["rateLimited"])
    }

    /// Bridges do not share the API's own record, so the call makes its own query.
    @Test func aCallForTheRecordMakesItsOwnQuery() async throws {
        let exchange = ScriptedExchange([Self.pending])
        let fleet = ScriptedFleet([.go(Self.shared)])
        let status = try await client(exchange, fleet).status(of: "t", includeRecord: true)
        #expect(status.record != nil)
        #expect(fleet.asked == ["t urgent own"])
    }

    @Test func aSecondQueryForOneTaskHasATurnOfItsOwn() async throws {
        let exchange = ScriptedExchange([.json(#"{"code":422,"msg":"recordInfo is null"}"#), Self.pending])
        let fleet = ScriptedFleet([.go(nil)])
        var configuration = CoverClient.Configuration()
        configuration.credentials = Credentials(environment: APIKey("secret-key"))
        configuration.recordAPI = .auto
        configuration.rate = 100
        let client = try CoverClient(
            configuration: configuration,
            exchange: exchange,
            fleet: fleet,
            timeline: clock.timeline()
        )
        _ = try? await client.status(of: "t")
        #expect(fleet.asked == ["t urgent", "- urgent"])
        #expect(exchange.requests.count == 2)
    }

    @Test func withoutAKeyTheFleetIsNotUsed() async throws {
        let fleet = ScriptedFleet([.go(nil)])
        let client = try CoverClient(
            configuration: CoverClient.Configuration(),
            exchange: ScriptedExchange([Self.pending]),
            fleet: fleet,
            timeline: clock.timeline()
        )
        await #expect(throws: CoverError.self) { try await client.status(of: "t") }
        #expect(fleet.asked.isEmpty)
    }

    @Test func withoutItsStoreTheClientKeepsItsShareOfTheRate() async throws {
        let exchange = ScriptedExchange([Self.pending])
        let fleet = ScriptedFleet([.go(nil)])
        let client = try client(exchange, fleet, rate: 100)
        fleet.emit(.alone(rate: 0.5))
        // The client grants no turn at once, because all bridges may have lost the store at the same moment.
        #expect(client.turns(5) == Turns(granted: 0, deferredUntil: .seconds(2)))
        let call = Task { try await client.status(of: "t") }
        await clock.sleepers(atLeast: 1)
        // The rate rises again, so the caller gets its token after 10 ms. A token of the former rate would come after 2
        // s.
        fleet.emit(.together)
        await clock.sleepers(atLeast: 1)
        clock.advance(by: .milliseconds(10))
        #expect(try await call.value.state == .pending)
    }

    @Test func sharedReadingsAreOrderedAmongTheClientsOwnQueries() async throws {
        let exchange = ScriptedExchange([Self.pending])
        let fleet = ScriptedFleet([.go(nil)])
        let client = try client(exchange, fleet, rate: 100)
        let numbers = Mutex<[UInt64]>([])
        client.onFleetEvent { event in
            if case .reading(_, let reading) = event { numbers.withLock { $0.append(reading.number) } }
        }
        for _ in 0..<2 {
            _ = try await client.status(of: "t")
            fleet.emit(.reading("t", Reading(number: 0, .success(.scripted("t", .pending)), shared: Self.shared)))
        }
        #expect(numbers.withLock(\.self) == [1, 2])
    }

    @Test func theNameOfAFleetDependsOnKeyOriginAndRecordsAndHidesThem() async throws {
        func group(_ key: String, _ endpoint: String, _ api: RecordAPI = .cover) async throws -> String {
            var configuration = CoverClient.Configuration(endpoint: endpoint)
            configuration.credentials = Credentials(environment: APIKey(key))
            configuration.recordAPI = api
            return try await CoverClient(configuration: configuration, exchange: ScriptedExchange([])).fleetGroup
        }
        let name = try await group("key-of-the-account", "https://api.kie.ai")
        #expect(name.count == 16 && name.allSatisfy(\.isHexDigit))
        #expect(try await group("key-of-the-account", "https://api.kie.ai/api/v1") == name)
        #expect(try await group("another-key-of-it", "https://api.kie.ai") != name)
        #expect(try await group("key-of-the-account", "https://api.example.com") != name)
        #expect(try await group("key-of-the-account", "https://api.kie.ai", .market) != name)
    }
}

extension Result<CoverStatus, CoverError> {
    fileprivate var kind: String? { if case .failure(let error) = self { error.kind.rawValue } else { nil } }
}
