import APITestSupport
import CoverAPI
import CoverModel
import Jansson
import TestSupport
import Testing

struct CoverClientAccountTests {
    private func client(_ reply: String, status: Int = 200) throws -> (CoverClient, ScriptedExchange) {
        let exchange = ScriptedExchange([.json(reply, status: status)])
        let configuration = CoverClient.Configuration(credentials: Credentials(environment: APIKey("the-key-123")))
        return (
            try CoverClient(
                configuration: configuration,
                exchange: exchange,
                timeline: ManualClock().timeline(),
                random: { 0 }
            ), exchange
        )
    }

    @Test(arguments: [
        (200, #"{"code":200,"data":{"taskId":"c"}}"#, Generation(taskId: "c", reused: false)),
        (200, #"{"code":400,"msg":"exists","data":{"taskId":"c"}}"#, Generation(taskId: "c", reused: true)),
        (400, #"{"code":400,"msg":"exists","data":{"task_id":"c"}}"#, Generation(taskId: "c", reused: true)),
        (200, #"{"code":409,"data":{"taskId":"c"}}"#, Generation(taskId: "c", reused: true)),
        (409, #"{"data":{"taskId":"c"}}"#, Generation(taskId: "c", reused: true)),
        (200, #"{"code":200,"data":{"taskId":" c\u00a0"}}"#, Generation(taskId: " c\u{A0}", reused: false)),
        (200, #"{"code":200,"data":{"taskId":7}}"#, Generation(taskId: "7", reused: false)),
    ])
    func orders(_ status: Int, _ body: String, _ generation: Generation) async throws {
        let (client, exchange) = try client(body, status: status)
        #expect(try await client.generate(from: "m", callbackUrl: "https://cb/") == generation)
        let request = try #require(exchange.requests.first)
        #expect(request.method == "POST")
        #expect(request.url == "https://api.kie.ai/api/v1/suno/cover/generate")
        #expect(
            request.body.map { String(decoding: $0, as: UTF8.self) } == #"{"taskId":"m","callBackUrl":"https://cb/"}"#
        )
    }

    /// `jq` without `-r` prints an id in quotes. An order for such an id could cost credits.
    @Test(arguments: ["\"m-1\"", "'m-1'", #"{"taskId":"m-1"}"#])
    func anIDInQuotesIsNotOrdered(_ id: String) async throws {
        let (client, exchange) = try client(#"{"code":200,"data":{"taskId":"c"}}"#)
        let error = await #expect(throws: CoverError.self) {
            try await client.generate(from: TaskID(id), callbackUrl: "https://cb/")
        }
        #expect(error?.kind == .badRequest && exchange.requests.isEmpty)
        #expect(error?.message.hasPrefix("Nothing was ordered. The id ") == true, "\(error?.message ?? "")")
    }

    @Test(arguments: [
        (#"{"code":409,"msg":"Cover record already exists"}"#, CoverError.Kind.conflict),
        (#"{"code":400,"msg":"Cover record already exists","data":null}"#, .conflict),
        (#"{"code":400,"data":{"taskId":"m"}}"#, .conflict),
        (#"{"code":400,"msg":"taskId is wrong"}"#, .badRequest),
        (#"{"code":422,"msg":"callBackUrl is required"}"#, .validationFailed),
        (#"{"code":200,"data":{}}"#, .malformedResponse), (#"{"code":200,"data":null}"#, .malformedResponse),
        // An answer that repeats the key does not name a task.
        (#"{"code":200,"data":{"taskId":"the-key-123"}}"#, .malformedResponse),
        (#"{"code":200,"data":{"taskId":"t-the%2Dkey-123"}}"#, .malformedResponse),
        (#"{"code":409,"data":{"taskId":"the-key-123"}}"#, .conflict),
        (#"{"code":200,"data":{"taskId":"m"}}"#, .malformedResponse), (#"{"code":531,"msg":"m"}"#, .serverError),
        (#"{"code":531}"#, .malformedResponse),
    ])
    func refusedOrders(_ body: String, _ kind: CoverError.Kind) async throws {
        let (client, exchange) = try client(body)
        await expect(kind: kind) { try await client.generate(from: "m", callbackUrl: nil) }
        #expect(exchange.requests.count == 1)
    }

    /// If the answer to an order was cut off, the API may have accepted the order. The error says so, and names the
    /// music task.
    @Test(arguments: [
        ScriptedExchange.Reply.failure(CoverError(.requestTimeout, "Late.")),
        .failure(CoverError(.unreachable, "Closed without an answer.")), .json("<html>", status: 504),
        .json(#"{"code":200,"da"#), .json(#"{"code":500,"msg":"Internal error"}"#, status: 500),
        .json(#"{"code":503,"msg":"Busy","data":null}"#, status: 503), .json(#"{"code":531,"msg":"Failed"}"#),
    ])
    func anInterruptedOrderMayExist(_ reply: ScriptedExchange.Reply) async throws {
        let configuration = CoverClient.Configuration(credentials: Credentials(environment: APIKey("the-key")))
        let exchange = ScriptedExchange([reply])
        let client = try CoverClient(
            configuration: configuration,
            exchange: exchange,
            timeline: ManualClock().timeline()
        )
        let error = try await #require(throws: CoverError.self) {
            try await client.generate(from: "m-7", callbackUrl: nil)
        }
        #expect(error.message.contains("order for the music task m-7 may exist"))
        #expect(error.message.contains("reused"))
        #expect(error.taskId == "m-7")
        #expect(exchange.requests.count == 1)
    }

    /// A fault of the API may come after the order, and its answer may name the cover.
    @Test(arguments: [
        (500, #"{"code":500,"msg":"Internal error","data":{"taskId":"c-1"}}"#, true),
        (200, #"{"code":531,"msg":"Failed","data":{"task_id":"c-1"}}"#, true),
        (500, #"{"code":500,"msg":"Internal error","data":{"taskId":"m"}}"#, false),
    ])
    func aFailedOrderNamesItsCover(_ status: Int, _ body: String, _ isNamed: Bool) async throws {
        let (client, _) = try client(body, status: status)
        let error = try await #require(throws: CoverError.self) {
            try await client.generate(from: "m", callbackUrl: "https://cb/")
        }
        #expect(error.kind == .serverError)
        #expect(error.taskId == "m")
        #expect(error.message.contains("may exist nevertheless, as the task c-1.") == isNamed)
        #expect(error.message.contains("may exist nevertheless.") != isNamed)
    }

    @Test func aRefusedOrderDoesNotExist() async throws {
        let (client, _) = try client(#"{"code":402,"msg":"no"}"#)
        let error = try await #require(throws: CoverError.self) {
            try await client.generate(from: "m", callbackUrl: nil)
        }
        #expect(!error.message.contains("may exist"))
    }

    @Test(arguments: [200, 404]) func missingCreditsAreNotReportedAsAMissingTask(_ status: Int) async throws {
        let (client, _) = try client(#"{"code":404,"msg":"no"}"#, status: status)
        let error = try await #require(throws: CoverError.self) { try await client.credits() }
        #expect(error.kind == .malformedResponse)
        #expect(error.message.contains("not the API"))
        #expect(error.message.contains("Check the endpoint"))
    }

    @Test func theCallbackStaysOutOfErrors() async throws {
        let (client, _) = try client(#"{"code":422,"msg":"bad callback https://cb/?token=1"}"#)
        let error = try await #require(throws: CoverError.self) {
            try await client.generate(from: "m", callbackUrl: "https://cb/?token=1")
        }
        #expect(error.apiMessage == "bad callback [callback]")
    }

    @Test(arguments: [("12", 12.0), ("12.5", 12.5), (#""12.5""#, 12.5), ("0", 0), ("-3", -3)])
    func credits(_ data: String, _ credits: Double) async throws {
        let (client, exchange) = try client(#"{"code":200,"msg":"success","data":\#(data)}"#)
        #expect(try await client.credits() == credits)
        #expect(exchange.requests.first?.url == "https://api.kie.ai/api/v1/chat/credit")
    }

    @Test(arguments: ["true", "null", #""many""#, "{}", #""1e999""#])
    func noCredits(_ data: String) async throws {
        let (client, _) = try client(#"{"code":200,"data":\#(data)}"#)
        await expect(kind: .malformedResponse) { try await client.credits() }
    }
}
