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

    /// What stands where a key should, and the words that say so; never the text itself.
    @Test(arguments: [
        ("", "is empty"), ("Bearer ", "is empty"), ("\"\"", "is empty"), ("a b", "blanks"), ("schlüssel", "not ASCII"),
        ("KIE_API_KEY=sk-123", "assignment"), ("export KIE_API_KEY='sk-123'", "assignment"),
        ("apiKey: sk-123", "assignment"),
        ("\"apiKey\":\"sk-123\"", "assignment"), ("Authorization: Bearer sk-123", "assignment"),
        ("{\"apiKey\":\"sk-123\"}", "JSON"), ("[\"sk-123\"]", "JSON"), ("${KIE_API_KEY}", "placeholder"),
        ("$KIE_API_KEY", "placeholder"), ("<YOUR_API_KEY>", "placeholder"), ("{{ kie }}", "placeholder"),
        ("%KIE_API_KEY%", "placeholder"), ("YOUR_API_KEY", "placeholder"), ("your-kie-key-here", "placeholder"),
        ("Bearer <token>", "placeholder"), ("sk-123\u{200B}", "U+200B"), ("\u{200E}sk-123", "U+200E"),
        (String(repeating: "k", count: 5000), "too long"),
    ])
    func theFaultIsNamed(_ text: String, _ words: String) {
        var phrase = "is taken"
        do throws(KeyFault) { _ = try APIKey(checking: text) } catch { phrase = error.phrase }
        #expect(phrase.contains(words))
        #expect(!phrase.contains("sk-123"))
    }

    @Test(arguments: ["abc==", "sk-abc:def", "a=b", "key", "k", "0123456789abcdef0123456789abcdef"])
    func isTaken(_ text: String) { #expect(APIKey(text)?.authorization == "Bearer " + text) }

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
