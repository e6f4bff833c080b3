import CoverAPI
import TestSupport
import Testing

struct KeyFileTests {
    private static func authorization(_ request: ExchangeRequest) -> String? {
        request.headers.first { $0.name == "Authorization" }?.value
    }

    private func client(_ file: String, _ exchange: ScriptedExchange) throws -> CoverClient {
        let credentials = Credentials(file: file, variables: ["KIE_API_KEY": "weaker"])
        var configuration = CoverClient.Configuration(credentials: credentials)
        // Repeating takes a second token, and the clock stands still.
        configuration.burst = 2
        return try CoverClient(
            configuration: configuration,
            exchange: exchange,
            timeline: ManualClock().timeline()
        )
    }

    @Test func aRotatedKeyIsReadAgainOnce() async throws {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        directory.write("\nBearer old \n", to: "key")
        let exchange = ScriptedExchange { request, _ in
            guard Self.authorization(request) == "Bearer new" else {
                directory.write("new", to: "key")
                return .json("{}", status: 401)
            }
            return .json(#"{"code":200,"data":{"successFlag":0}}"#)
        }
        let client = try client(directory.path + "/key", exchange)
        #expect(client.credentialSource == .file)
        #expect(try await client.look(at: "t").state == .pending)
        #expect(exchange.requests.map(Self.authorization) == ["Bearer old", "Bearer new"])
    }

    @Test func anUnchangedKeyIsNotTriedAgain() async throws {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        directory.write("k", to: "key")
        let exchange = ScriptedExchange([.json(#"{"code":401}"#)])
        await expect(kind: .unauthorized) { try await client(directory.path + "/key", exchange).status(of: "t") }
        #expect(exchange.requests.count == 1)
    }

    @Test(arguments: ["", "  \n \n", "no key at all"])
    func aFileWithoutAKey(_ text: String) async throws {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        directory.write(text, to: "key")
        let client = try client(directory.path + "/key", ScriptedExchange([]))
        #expect(client.credentialSource == .none)
        await expect(kind: .missingCredentials) { try await client.look(at: "t") }
    }

    @Test func aMissingFileIsNamed() async throws {
        let error = try await #require(throws: CoverError.self) {
            try await client("/nonexistent/key", ScriptedExchange([])).look(at: "t")
        }
        #expect(error.kind == .missingCredentials)
        #expect(error.message.contains("/nonexistent/key"))
        #expect(error.message.contains("No such file"))
    }

    @Test(arguments: [
        ([:], true, "or as apiKey in the initialize request."),
        ([:], false, "or in the environment variable KIE_API_KEY."),
        (["KIE_API_KEY": "a b"], false, "The value of KIE_API_KEY is no key"),
        (["KIE_API_KEY": "a b"], true, "The value of KIE_API_KEY is no key"),
    ])
    func whereAKeyCouldComeFrom(_ variables: [String: String], _ isOpen: Bool, _ words: String) async throws {
        var credentials = Credentials(variables: variables)
        credentials.mayBeIntroduced = isOpen
        let client = try CoverClient(
            configuration: .init(credentials: credentials),
            exchange: ScriptedExchange([]),
            timeline: ManualClock().timeline()
        )
        let error = try await #require(throws: CoverError.self) { try await client.look(at: "t") }
        #expect(error.kind == .missingCredentials)
        #expect(error.message.contains(words))
        #expect(!error.message.contains("a b"))
    }
}
