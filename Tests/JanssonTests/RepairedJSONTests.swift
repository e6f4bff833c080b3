import Jansson
import Testing

/// The parser reads the invalid text that browsers read too. U+FFFD replaces the invalid parts.
struct RepairedJSONTests {
    private static let repairs: [(bytes: [UInt8], meant: String)] = [
        text("\u{FEFF}[\"a\"]", "[\"a\"]"),
        broken([0xE9], "\u{FFFD}"), broken([0xE2, 0x82], "\u{FFFD}"),
        broken([0xED, 0xA0, 0xBD], "\u{FFFD}\u{FFFD}\u{FFFD}"),
        text(#"["\ud83d"]"#, "[\"\u{FFFD}\"]"), text(#"["\ude00\ud83d"]"#, "[\"\u{FFFD}\u{FFFD}\"]"),
        text(#"["\uD83D\ud83d\ude00"]"#, "[\"\u{FFFD}😀\"]"),
        text(#"["\\ud83d \ud83d\n"]"#, "[\"\\\\ud83d \u{FFFD}\\n\"]"),
        text(#"{"a\u0000b":"c\u0000"}"#, "{\"a\u{FFFD}b\":\"c\u{FFFD}\"}"),
    ]

    private static func text(_ text: String, _ meant: String) -> (bytes: [UInt8], meant: String) {
        (Array(text.utf8), meant)
    }

    /// A JSON text that contains these bytes inside a string. The bytes are not valid UTF-8.
    private static func broken(_ bytes: [UInt8], _ meant: String) -> (bytes: [UInt8], meant: String) {
        (Array(#"["x "#.utf8) + bytes + Array(#""]"#.utf8), "[\"x \(meant)\"]")
    }

    @Test(arguments: repairs)
    func isRead(_ bytes: [UInt8], _ meant: String) throws {
        #expect(try JSONValue(parsing: meant).jsonText == JSONValue(repairing: bytes)?.jsonText)
    }

    @Test(arguments: [
        "", "\u{FEFF}", "\u{FEFF}\u{FEFF}[]", "[\"\\u12\"]", "[\"\\ud83", "<html>", "{\"a\":1", "[\"\\x\"]", "\"\\",
        "NaN",
    ])
    func staysNoJSON(_ text: String) { #expect(JSONValue(repairing: Array(text.utf8)) == nil) }
}
