import CoverModel
import Testing

struct ShownTextTests {
    /// Visible signs, and invisible joiners that a script or an emoji needs.
    @Test(arguments: [
        "abc", "می\u{200C}خواهم", "क्\u{200D}ष", "ন্\u{200C}ত", "👩\u{200D}🚀", "👨🏽\u{200D}🦱", "🏳️\u{200D}🌈", "❤️\u{200D}🔥",
        "\u{600}٣", "\u{6DD}", "e\u{301}", "封面", "👍🏽", "한글", "",
    ])
    func staysAsItIs(_ text: String) { #expect(text.replacingTreacherous(with: "?") == text) }

    @Test(arguments: [
        ("a\u{1B}[2J", "a?[2J"), ("\u{202E}cba", "?cba"), ("a\u{200B}b", "a?b"), ("a\u{2028}b", "a?b"),
        ("a\u{85}b", "a?b"),
        ("\u{200F}\u{200E}\u{61C}\u{2066}\u{2069}", "?????"), ("a\u{FEFF}b", "a?b"), ("a\u{AD}b", "a?b"),
        ("🏴\u{E0067}", "🏴?"),
        // Invisible joiners that join nothing, or that hide something.
        ("a\u{200D}b", "a?b"), ("a\u{200C}b", "a?b"), ("\u{200D}", "?"), ("خ\u{200C}\u{200C}", "خ\u{200C}?"),
        (" \u{200D}👩", " ?👩"),
        ("خ\u{202E}\u{200C}", "خ??"),
    ])
    func goes(_ text: String, _ expected: String) {
        let shown = text.replacingTreacherous(with: "?")
        #expect(Array(shown.unicodeScalars) == Array(expected.unicodeScalars))
    }
}
