import APITestSupport
import CoverModel
import Jansson
import TestSupport
import Testing

@testable import CoverAPI

/// The API may repeat the key in any form. No text that leaves the client contains the key.
struct KeyRedactorTests {
    private static let secret = "sk/3c7d8f+e0b1"

    /// Texts that contain the key in the spellings that JSON allows.
    private static let spellings = [
        #"sk/3c7d8f+e0b1"#, #"sk\/3c7d8f+e0b1"#, #"\u0073k/3c7d8f+e0b\u0031"#, #"\\u0073k/3c7d8f+e0b1"#,
        "sk%2F3c7d8f%2Be0b1", "sk%2f3c7d8f%2be0b1", "sk/3c7d8f%2Be0b1", "%73k%2F3c7d8f%2be0b%31",
        "sk%252F3c7d8f%252be0b1",
        #"\\u0073k%25252F3c7d8f+e0b1"#, #"sk%5C%2F3c7d8f+e0b1"#,
        // The key in other letter cases, in hexadecimal, and with the escapes of HTML and of other languages than JSON.
        "SK/3C7D8F+E0B1", "Sk/3c7D8f+e0B1", "736b2f3363376438662b65306231", "736B2F3363376438662B65306231",
        "sk&#x2F;3c7d8f&#43;e0b1", "sk&#47;3c7d8f&#43e0b1", "&#115k/3c7d8f+e0b&#49", "&#115;k/3c7d8f+e0b&#49;",
        "sk&amp;#x2F;3c7d8f+e0b1", #"\\x73k/3c7d8f+e0b1"#,
        // The key, split by invisible characters.
        "sk/3c7d\u{200B}8f+e0b1", "sk/3c7d\u{AD}8f+e0b1", "s\u{2060}k/3\u{FEFF}c7d\u{200D}8f+e0b\u{34F}1",
        "sk/3c7\u{E0041}d8f+e0b1", #"sk/3c7d\u200b8f+e0b1"#, #"sk/3c7d\u00008f+e0b1"#, #"sk/3c7d\udb40\udc418f+e0b1"#,
        #"sk/3c7d\n8f+e0b1"#, #"sk/3c7d\r\n8f+e0b1"#, #"sk/3c7d\b8f+e0b1"#, "sk/3c7d%E2%80%8B8f+e0b1",
        "sk/3c7d&#8203;8f+e0b1", "sk/3c7d&#x200b;8f+e0b1", "sk/3c7d&ZeroWidthSpace;8f+e0b1", "sk/3c7d&shy;8f+e0b1",
        // Line breaks of Unicode, a folded header, and the colours of a terminal.
        "sk/3c7d\u{2028}8f+e0b1", "sk/3c7d\u{2029}8f+e0b1", #"sk/3c7d\u20288f+e0b1"#, "sk/3c7d%E2%80%A98f+e0b1",
        "sk/3c7d\r\n \t8f+e0b1", #"sk/3c7d\r\n    8f+e0b1"#, #"sk/3c7d\n\t 8f+e0b1"#, "sk/3c7d%0D%0A%208f+e0b1",
        "sk/3c7d&#10;&#32;8f+e0b1", #"sk/3c7d\u2028 8f+e0b1"#, "sk/3c7d\u{1B}[0m8f+e0b1",
        #"sk/3c7d\u001b[1;31m8f+e0b1"#, #"sk/3c7d\x1b[0m8f\u001b[K+e0b1"#, "sk/3c7d%1B%5B0m8f+e0b1",
        "sk/3c7d&#27;[38:5:1m8f+e0b1", "sk/3c7d\u{9B}0m8f+e0b1", #"sk/3c7d\u001b[1m\n  8f+e0b1"#,
        #"sk/3c7d\\u200b8f+e0b1"#, "SK/3c7d\u{200C}8F+e0b1", #"c2svM2M3\nZDhmK2UwYjE="#, "c2svM2M3\u{200B}ZDhmK2UwYjE=",
        // The key in Base64, alone and after `u:` or `ux:`, as in the header of a login.
        "c2svM2M3ZDhmK2UwYjE=", "dTpzay8zYzdkOGYrZTBiMQ==", "dXg6c2svM2M3ZDhmK2UwYjE=",
    ]

    @Test(arguments: spellings) func isRemovedFromEveryText(_ spelling: String) async throws {
        let text = "\"no luck with \(spelling), sorry\""
        let record = """
            {"taskId":"t","parentTaskId":\(text),"successFlag":3,"errorMessage":\(text),"callbackUrl":\(text),"createTime":\(text),
            "status":\(text),"errorCode":\(text),"response":{"images":["https://i/?a=\(spelling)"],"more":[\(text)]}}
            """
        let client = try client(answering: #"{"code":200,"msg":\#(text),"data":\#(record)}"#)
        let status = try await client.status(of: "t", includeRecord: true)
        #expect(status.state == .failed)
        let shown = status.jsonText
        #expect(shown.contains("no luck with "))
        for trace in ["3c7d", "3C7D", "8f+e0b", "8F+E0B", "M2M3", "Y3ZDhm", "zYzdkO", "u0073", "6337"] {
            #expect(!shown.contains(trace), "\(trace) in \(shown)")
        }
        #expect(status.failure?.message.contains("[key]") == true)
    }

    @Test(arguments: spellings) func isRemovedFromErrors(_ spelling: String) async throws {
        let client = try client(answering: #"{"code":400,"msg":"no \#(spelling)"}"#)
        let error = try await #require(throws: CoverError.self) { try await client.poll("t") }
        #expect(error.apiMessage?.contains("[key]") == true)
        #expect(error.apiMessage?.lowercased().contains("3c7d") == false)
    }

    @Test(arguments: [
        ("AbC+/d==XY12", "AbC%2b%2fd%3d%3dXY12"), ("AbC+/d==XY12", "AbC%2B/d%3D%3DXY12"),
        ("sk-abc_def-1", "sk%2Dabc%5Fdef%2d1"), ("sk-abc_def+1", "sk-abc&lowbar;def&plus;1"),
        ("a/b=c:d@e", "a&sol;b&equals;c&colon;d&commat;e"), ("ab%2Bcd&ef", "ab%2Bcd&amp;ef"),
        ("ab%2Bcd&ef", "ab%252Bcd%26ef"),
        ("ab%2Bcd&ef", "ab%2Bcd&ef"), (#"ab\cd\u0041-12"#, #"ab\\cd\\u0041-12"#),
    ])
    func isFoundBehindEscapes(_ secret: String, _ spelling: String) {
        let redacted = KeyRedactor(secret: secret).redacted(Array("100%, a%2Fb \(spelling) %".utf8))
        #expect(String(decoding: redacted, as: UTF8.self) == "100%, a%2Fb [key] %")
    }

    @Test func otherTextsStay() throws {
        let redactor = KeyRedactor(secret: Self.secret)
        for text in [
            "", "sk/3c7d8f+e0b", "s k/3c7d8f+e0b1", "sk/3c7d-8f+e0b1", "1b0e+f8d7c3/ks", "&#;", "&#x;", "&#x110000;",
            "%+1", "sk/3c7d\u{1B}8-f+e0b1", "sk/3c7d \n8f+e0b1", "\u{1B}[", "\u{1B}[0",
            "\u{9B}\u{1B}\u{1B}[0\u{1B}[m\n ",
            "\u{200B}\u{E0041}\n", #"\ud83d\ud83d"#, #"\x"#, "\\", "\\\\\\", #"{"a":"b\\n\u00e9\ud83d\ude00\"c\/d"}"#,
            #"\u"#, #"\u00"#,
            String(repeating: "sk/3c7d8f", count: 100),
        ] {
            #expect(redactor.redacted(Array(text.utf8)) == Array(text.utf8))
        }
        let twice = Array("\(Self.secret)\(Self.secret) \(Self.secret)".utf8)
        #expect(redactor.redacted(twice) == Array("[key][key] [key]".utf8))
    }

    /// A short test key such as `test` occurs inside words and ids, where the redactor does not remove it.
    @Test func aShortKeyIsNotRemovedFromWords() async throws {
        let client = try client(key: "test", answering: #"{"code":200,"data":{"taskId":"test-1","successFlag":0}}"#)
        #expect(try await client.poll("test-1").state == .pending)
        let redactor = KeyRedactor(secret: "test")
        for text in ["a test", "key-test", "keytest", "the key is test", "token testing", "test key", "key test_1"] {
            #expect(redactor.redacted(text) == text)
        }
        #expect(KeyRedactor(secret: "").redacted("key , token ") == "key , token ")
        // A number that is no text must stay, so that the JSON stays valid.
        let number = KeyRedactor(secret: "7")
        #expect(number.redacted(#"{"key": 7,"token":7}"#) == #"{"key": 7,"token":7}"#)
        #expect(number.redacted(#"{"key":"7"}, key 7"#) == #"{"key":"[key]"}, key [key]"#)
    }

    /// A short key is removed where the text announces a key.
    @Test(arguments: [
        ("Bearer abc1", "Bearer [key]"), ("authorization: bearer abc1.", "authorization: bearer [key]."),
        ("the key ABC1 is wrong", "the key [key] is wrong"), ("api_key=abc1&x", "api_key=[key]&x"),
        (#"{"apiKey":"abc1"}"#, #"{"apiKey":"[key]"}"#), (#"{\"token\": \"abc1\"}"#, #"{\"token\": \"[key]\"}"#),
        ("Token 'abc1'", "Token '[key]'"), ("KEY: `ab\u{200B}c1`", "KEY: `[key]`"),
        ("Bearer%20abc%31", "Bearer%20[key]"),
    ])
    func aShortKeyIsRemovedWhereItIsAnnounced(_ text: String, _ expected: String) {
        #expect(KeyRedactor(secret: "abc1").redacted(text) == expected)
    }

    @Test func aShortKeyIsRemovedFromErrors() async throws {
        let client = try client(key: "abc1", answering: #"{"code":401,"msg":"the key abc1 is refused"}"#)
        let error = try await #require(throws: CoverError.self) { try await client.poll("t") }
        #expect(error.apiMessage == "the key [key] is refused")
    }

    private func client(key: String = secret, answering text: String) throws -> CoverClient {
        var configuration = CoverClient.Configuration()
        configuration.credentials = Credentials(environment: APIKey(key))
        let exchange = ScriptedExchange([.json(text)])
        return try CoverClient(configuration: configuration, exchange: exchange, timeline: ManualClock().timeline())
    }
}
