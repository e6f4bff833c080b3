import APITestSupport
import CoverAPI
import CoverModel
import Testing

@Suite
struct RecordAPITests {
    private static let cover =
        #"{"code":200,"data":{"taskId":"t","successFlag":1,"response":{"images":["https://i/1"]}}}"#
    private static let market = #"""
        {"code":200,"data":{"taskId":"t","state":"success","resultJson":"{\"resultUrls\":[\"https://i/1\"]}",
        "createTime":1760000000000,"completeTime":1760000146000}}
        """#
    private static let unknown = #"{"code":422,"msg":"recordInfo is null"}"#

    /// Each row begins with the setting, and with whether each of the two endpoints knows the task. The last values are
    /// the result, and the number of queries to each endpoint for two polls.
    @Test(
        arguments: [
            (.cover, true, false, "succeeded", 2, 0), (.cover, false, true, "taskNotFound", 2, 0),
            (.market, false, true, "succeeded", 0, 2), (.market, true, false, "taskNotFound", 0, 2),
            (.auto, true, true, "succeeded", 2, 0), (.auto, false, true, "succeeded", 1, 2),
            (.auto, false, false, "taskNotFound", 2, 2),
        ] as [(RecordAPI, Bool, Bool, String, Int, Int)]
    )
    func queriesTheConfiguredEndpoint(
        api: RecordAPI,
        coverKnows: Bool,
        marketKnows: Bool,
        outcome: String,
        coverQueries: Int,
        marketQueries: Int
    ) async throws {
        let exchange = ScriptedExchange { request, _ in
            request.url.contains("/jobs/recordInfo?taskId=t")
                ? .json(marketKnows ? Self.market : Self.unknown) : .json(coverKnows ? Self.cover : Self.unknown)
        }
        var configuration = CoverClient.Configuration(credentials: Credentials(environment: APIKey("key")))
        configuration.recordAPI = api
        configuration.burst = 100
        let client = try CoverClient(configuration: configuration, exchange: exchange)
        for _ in 0..<2 {
            do {
                let status = try await client.poll("t")
                #expect(status.state.rawValue == outcome)
                #expect(status.images == ["https://i/1"])
                #expect(status.warnings.isEmpty)
            } catch let error as CoverError {
                #expect(error.kind.rawValue == outcome)
            }
        }
        let urls = exchange.requests.map(\.url)
        #expect(urls.count { $0.contains("/suno/cover/record-info?taskId=t") } == coverQueries)
        #expect(urls.count { $0.contains("/jobs/recordInfo?taskId=t") } == marketQueries)
    }

    @Test func aFaultOfTheCoverAPIDoesNotCauseAQueryOfTheMarket() async throws {
        let exchange = ScriptedExchange([.json(#"{"code":455}"#)])
        var configuration = CoverClient.Configuration(credentials: Credentials(environment: APIKey("key")))
        configuration.recordAPI = .auto
        let client = try CoverClient(configuration: configuration, exchange: exchange)
        await #expect(throws: CoverError.self) { try await client.poll("t") }
        #expect(exchange.requests.count == 1)
    }
}
