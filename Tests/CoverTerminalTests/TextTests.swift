import CoverModel
import Testing

@testable import CoverTerminal

struct TextTests {
    @Test(arguments: [
        ("abc", 3), ("封面", 4), ("e\u{301}", 1), ("🎵", 2), ("ﾊ", 1), ("한글", 4), ("\u{1112}\u{1161}\u{11AB}", 2),
        ("ä", 1), ("", 0), ("می\u{200C}خ", 3), ("👩\u{200D}🚀", 4),
    ])
    func columns(text: String, expected: Int) { #expect(text.columns == expected) }

    @Test(arguments: [
        ("abcdef", 6, "abcdef"), ("abcdef", 5, "abcd…"), ("封面封面", 5, "封面…"), ("封面封面", 4, "封…"), ("abc", 1, "…"),
        ("abc", 0, ""),
    ])
    func fitting(text: String, limit: Int, expected: String) {
        #expect(text.fitted(to: limit) == expected)
        #expect(text.fitted(to: limit).columns <= limit)
    }

    @Test(arguments: ["\u{1B}[2J", "\u{202E}", "\u{2028}", "\u{85}", "\u{200B}"])
    func misleadingCharactersAreReplaced(text: String) {
        #expect(Span(text).text.unicodeScalars.first == "\u{FFFD}")
    }

    @Test(arguments: [
        (-5, "0s"), (59.9, "59s"), (60, "1m 00s"), (3599, "59m 59s"), (3600, "1h 00m"), (90_000, "1d 01h"),
    ])
    func elapsed(seconds: Double, expected: String) { #expect(Formatting.elapsed(.seconds(seconds)) == expected) }

    @Test(arguments: [(0, "[----]"), (0.5, "[##--]"), (1, "[####]"), (7, "[####]"), (-1, "[----]")])
    func bar(part: Double, expected: String) { #expect(Formatting.bar(part, width: 6) == expected) }

    @Test func colourAndLinksAreUsedOnlyIfWanted() {
        let span = Span("image 1", .good, link: "https://a.example/1.png")
        #expect(Palette.plain.render(span) == "image 1")
        #expect(Palette(isColored: true).render(span) == "\u{1B}[32mimage 1\u{1B}[0m")
        let link = Palette(hasLinks: true).render(span)
        #expect(link == "\u{1B}]8;;https://a.example/1.png\u{1B}\\image 1\u{1B}]8;;\u{1B}\\")
        // A URL with a control character could end the escape sequence of a link. Such a URL does not become a link.
        #expect(Palette(hasLinks: true).render(Span("x", link: "https://a.example/\u{1B}\\")) == "x")
    }

    @Test func aLargePictureGoesToKittyInPieces() {
        let text = ImageProtocol(variable: { $0 == "TERM" ? "xterm-kitty" : nil })?
            .text(showing: [UInt8](repeating: 7, count: 4000), mediaType: "image/png")
        #expect(
            text?.split(separator: "\u{1B}_G").map { $0.prefix { $0 != ";" } } == ["f=100,a=T,r=12,q=2,m=1", "m=0"]
        )
    }
}
