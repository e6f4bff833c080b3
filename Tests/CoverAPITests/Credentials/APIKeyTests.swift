import CoverModel
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

    /// Texts that are not keys, and the phrases that say why. A phrase never contains the text.
    @Test(arguments: [
        ("", "is empty"), ("Bearer ", "is empty"), ("\"\"", "is empty"), ("a b", "blanks"), ("schlüssel", "not ASCII"),
        ("KIE_API_KEY=sk-123", "assignment"), ("export KIE_API_KEY='sk-123'", "assignment"),
        ("apiKey: sk-123", "assignment"),
        ("DEBUG=true", "file of settings"), ("'FOO=sk-123'", "file of settings"), ("A_1=b", "file of settings"),
        ("export DEBUG=true", "file of settings"), ("\"apiKey\":\"sk-123\"", "assignment"),
        ("Authorization: Bearer sk-123", "assignment"),
        ("{\"apiKey\":\"sk-123\"}", "JSON"), ("[\"sk-123\"]", "JSON"), ("${KIE_API_KEY}", "placeholder"),
        ("$KIE_API_KEY", "placeholder"), ("<YOUR_API_KEY>", "placeholder"), ("{{ kie }}", "placeholder"),
        ("%KIE_API_KEY%", "placeholder"), ("YOUR_API_KEY", "placeholder"), ("your-kie-key-here", "placeholder"),
        ("Bearer <token>", "placeholder"), ("sk-123\u{200B}", "U+200B"), ("\u{200E}sk-123", "U+200E"),
        (String(repeating: "k", count: 5000), "too long"),
        ("undefined", "placeholder"), ("null", "placeholder"), ("None", "placeholder"), ("true", "placeholder"),
        ("TODO", "placeholder"), ("KIE_API_KEY", "placeholder"), ("my-api-key", "placeholder"),
        ("PASTE_KEY_HERE", "placeholder"), ("********", "placeholder"), ("sk-...", "placeholder"),
        ("sk-…", "placeholder"), ("process.env.KIE_API_KEY", "program"), ("os.environ[\"KIE_API_KEY\"]", "program"),
        ("sk-xxxxxxxx", "placeholder"), ("XXXX-XXXX-1234", "placeholder"), ("REPLACE_WITH_YOUR_KEY", "placeholder"),
        ("your_token_here", "placeholder"), ("<paste-your-secret>", "placeholder"), ("placeholder", "placeholder"),
        ("vault:secret/data/kie#key", "address"), ("arn:aws:secretsmanager:eu-west-1:1:secret:kie", "address"),
        ("@/run/secrets/kie", "path"), ("op://vault/kie/key", "address"), ("https://kie.ai/api-key", "address"),
        ("[kie]", "brackets"),
        ("\"abc123def456\",", "commas"), ("\u{1B}[0mabc", "brackets"), ("\u{1B}[0mabc\u{1B}[0m", "U+001B"),
        ("“abc”", "U+201C"), ("-----BEGIN PRIVATE KEY-----", "PEM"), (#"{\rtf1\ansi key}"#, "RTF"),
        ("version https://git-lfs.github.com/spec/v1", "Git LFS"), ("<html><b>Sign in</b></html>", "web page"),
        ("$env:KIE_API_KEY=\"abc\"", "assignment"), ("$env:KIE_API_KEY", "placeholder"),
        ("/run/secrets/kie_api_key", "path"), ("~/.config/kie", "path"), ("./key", "path"), ("/etc/kie/key", "path"),
        (#"sk-123\n"#, "backslashes"),
    ])
    func theFaultIsNamed(_ text: String, _ words: String) {
        var phrase = "is taken"
        do throws(KeyFault) { _ = try APIKey(checking: text) } catch { phrase = error.phrase }
        #expect(phrase.contains(words))
        #expect(!phrase.contains("sk-123"))
    }

    // In recordings, `[removed]` stands in the place of a key. It counts as a key, so that a recording can be replayed.
    @Test(arguments: [
        "abc==", "sk-abc:def", "a=b", "key", "k", "0123456789abcdef0123456789abcdef", "[removed]", "any", "test",
        "any-key-123456", "secret", "SECRET-KEY", "a-key", "AbC+/d==XY12", "ab_c.d-9/x", "none1", "nullable",
        "my-1-key", "axx1xx9", "yours", "ABC123==", "ABC123=", "QUJD+/8=", "/QUJD/8=", "/runQUJD/8=", "debug=true",
        "1A=b",
    ])
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
