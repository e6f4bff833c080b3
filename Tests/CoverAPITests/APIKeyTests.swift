import Testing

@testable import CoverAPI

struct APIKeyTests {
    @Test(arguments: [
        "abc", " abc\r\n", "Bearer abc", "bearer   abc ", "\"abc\"", "'Bearer abc'", "\u{FEFF}abc", "\tabc\u{0}",
    ])
    func isCleaned(_ pasted: String) {
        #expect(APIKey(pasted)?.authorization == "Bearer abc")
    }

    @Test(arguments: ["", " ", "Bearer ", "Bearer", "a b", "a\r\nX: y", "schlüssel"])
    func isRefused(_ pasted: String) {
        #expect(APIKey(pasted) == nil)
    }

    @Test func neverShowsItself() throws {
        let key = try #require(APIKey("top-secret"))
        var dumped = ""
        dump(Credentials(environment: key), to: &dumped)
        for text in [
            "\(key)", String(reflecting: key), dumped, "\(Credentials(environment: key))", "\(Optional(key) as Any)",
        ] {
            #expect(!text.contains("top-secret"))
        }
    }
}
