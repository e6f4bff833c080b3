import APITestSupport
import CoverModel
import TestSupport
import Testing

@testable import CoverAPI

/// Tests what the headers of an answer add to an error.
struct AnswerHeaderTests {
    private static let image = #"{"code":200,"data":{"successFlag":1,"response":{"images":["https://i/a"]}}}"#

    private func client(_ exchange: ScriptedExchange) throws -> CoverClient {
        var configuration = CoverClient.Configuration(credentials: Credentials(environment: APIKey("secret-key")))
        // No pause that a host wants fits into this time, so nothing is sent again.
        configuration.downloadTimeout = .seconds(1)
        return try CoverClient(
            configuration: configuration,
            exchange: exchange,
            timeline: ManualClock().timeline()
        )
    }

    /// The errors for a download and for an image in memory, if the host of the image sends this answer.
    private func imageErrors(_ reply: ScriptedExchange.Reply) async throws -> [CoverError] {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        let client = try client(
            ScriptedExchange { request, _ in
                request.url.contains("record-info") ? .json(Self.image) : reply
            }
        )
        return [
            try #require(
                await #expect(throws: CoverError.self) { try await client.download(taskId: "t", into: directory.path) }
            ),
            try #require(await #expect(throws: CoverError.self) { try await client.image(1, of: "t") }),
        ]
    }

    /// The rest of the URL of a redirect may be confidential.
    @Test(arguments: [
        ("http://login.hotel.example/a?b=c", " to http://login.hotel.example"),
        ("//SSO.example:8443/secret-key", " to https://sso.example:8443"), ("/b", " to https://api.kie.ai"),
        ("https://secret-key.example/", ""), ("https://user:word@sso.example/", ""), ("mailto:a@b", ""),
    ])
    func aRedirectNamesTheHostOfItsTarget(_ location: String, _ words: String) async throws {
        let client = try client(ScriptedExchange([.json("", status: 302, headers: [("Location", location)])]))
        let error = await #expect(throws: CoverError.self) { try await client.poll("t") }
        #expect(
            error?.message
                == "The API answered with a redirect\(words), which is not followed with the key; check the endpoint (HTTP 302)."
        )
    }

    @Test func anImageThatIsPackedInAnUnreadWayIsNamed() async throws {
        let body = [UInt8](repeating: 0x99, count: 100)
        for error in try await imageErrors(.answer(status: 200, headers: [("Content-Encoding", "br")], body: body)) {
            #expect(
                error.message
                    == "What the image host sent is packed as br, which is not read, and no PNG, JPEG, WebP or GIF."
            )
        }
    }

    @Test(
        arguments: [
            (429, "2", 2), (503, "Wed, 15 Jan 2025 10:33:31 GMT", 30), (404, "2", nil), (503, "soon", 5),
        ] as [(Int, String, Double?)]
    )
    func thePauseThatAnImageHostWantsIsInTheError(_ status: Int, _ wanted: String, _ pause: Double?) async throws {
        let headers = [(name: "Retry-After", value: wanted), (name: "Date", value: "Wed, 15 Jan 2025 10:33:01 GMT")]
        for error in try await imageErrors(.answer(status: status, headers: headers, body: [])) {
            #expect(error.kind == .downloadFailed && error.retryAfter == pause)
        }
    }
}
