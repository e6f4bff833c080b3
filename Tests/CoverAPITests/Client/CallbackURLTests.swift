import APITestSupport
import CoverAPI
import CoverModel
import TestSupport
import Testing

struct CallbackURLTests {
    @Test(arguments: [
        "https://example.com", "http://example.com:8080/done?token=1#x", "HTTPS://user:pass@h/", "http://[::1]/",
        "https://b\u{FC}cher.example/", "http://127.0.0.1:9",
    ])
    func taken(_ text: String) { #expect(CallbackURL.isValid(text)) }

    @Test(arguments: [
        "", "not a url", "example.com/done", "//example.com", "/done", "https:", "https://", "https:///done",
        "https://?x", "https://:80/", "https://@/", "ftp://example.com", "javascript:alert(1)", " https://example.com",
        "https://exa mple.com", "https://example.com/\n", "https://example.com/\u{0}",
    ])
    func refused(_ text: String) async throws {
        #expect(!CallbackURL.isValid(text))
        let client = try CoverClient(
            configuration: .init(credentials: Credentials(environment: APIKey("k"))),
            exchange: ScriptedExchange([]),
            timeline: ManualClock().timeline()
        )
        let error = try await #require(throws: CoverError.self) {
            try await client.generate(from: "m", callbackUrl: text)
        }
        #expect(error.kind == .badRequest)
        // The error has the same message for every invalid text. The message never contains the text.
        #expect(error.message == "A callback URL is absolute, with http or https, as in https://host/path.")
    }
}
