import CoverModel
import Jansson
import Testing

@testable import CoverAPI

struct WebAddressParsingTests {
    @Test(arguments: [
        ("https://bücher.example/ü?q=ü", "https://xn--bcher-kva.example/%C3%BC?q=%C3%BC"),
        ("https://BÜCHER.example", "https://xn--bcher-kva.example"),
        ("https://例え.jp:8443/a", "https://xn--r8jz45g.jp:8443/a"),
        ("https://日本語。jp/", "https://xn--wgv71a119e.jp/"),
        ("https://bu\u{308}cher.example/", "https://xn--bcher-kva.example/"),
        ("https://BU\u{308}CHER.example/", "https://xn--bcher-kva.example/"),
        ("https://한국.kr/", "https://xn--3e0b707e.kr/"),
        ("https://\u{1112}\u{1161}\u{11AB}국.kr/", "https://xn--3e0b707e.kr/"),
        ("https://ｅｘａｍｐｌｅ。ｃｏｍ/a", "https://example.com/a"), ("https://plain.ｅｘａｍｐｌｅ/", "https://plain.example/"),
        // A sign such as `/` may have a combining mark after it. The sign keeps its meaning, and the mark belongs to
        // the text after the sign.
        ("https://a.example/\u{301}b", "https://a.example/%CC%81b"),
        ("https://a.example?\u{301}b", "https://a.example?%CC%81b"),
        ("https://a.example/b#\u{301}c", "https://a.example/b"),
        ("https://a.example/b#\u{301}?c", "https://a.example/b"),
        ("https://кошка.рф", "https://xn--80atap4c.xn--p1ai"), ("https://plain.example/a", "https://plain.example/a"),
    ])
    func hostsOfOtherScriptsAreEncoded(text: String, expected: String) throws {
        #expect(try WebAddress(parsing: text).requestURL == expected)
    }

    /// Existing escapes stay, and only what no URL may contain is encoded.
    @Test(arguments: [
        ("[", "%5B"), ("]", "%5D"), ("\"", "%22"), ("|", "%7C"), ("{", "%7B"), ("}", "%7D"), ("^", "%5E"), ("`", "%60"),
        ("<", "%3C"), (">", "%3E"), ("é", "%C3%A9"), ("%", "%25"), ("%2", "%252"), ("%zz", "%25zz"), ("%2b", "%2b"),
        ("+", "+"), (":@!$&'()*+,;=", ":@!$&'()*+,;="),
    ])
    func escapesAreEncodedOnce(text: String, encoded: String) throws {
        let escapes = "%20%2B%25"
        let address = try WebAddress(parsing: "https://h/\(escapes)\(text)?\(escapes)\(text)/\(text)")
        #expect(address.requestURL == "https://h/\(escapes)\(encoded)?\(escapes)\(encoded)/\(encoded)")
    }

    @Test(arguments: [
        ("https://h/a b.png", WebAddress.Fault.blank), ("https://h/a\\b", .blank), ("https://a b/", .blank),
        ("https://u:p@h/", .user), ("https:///a", .host), ("https:///\u{301}", .host), ("https://u@\u{301}h/", .user),
        ("https://h%20/", .host), ("https://a\u{202E}b/", .host),
        ("https://a\u{200B}b/", .host), ("https://a／b/", .host), ("https://[zz]/", .host), ("https://h:0/", .port),
        ("https://h:99999/", .port), ("ftp://h/", .scheme), ("no address", .scheme), ("", .empty),
        ("https://\(String(repeating: "ü", count: 80)).example/", .host),
    ])
    func faultsAreNamed(text: String, fault: WebAddress.Fault) {
        #expect(throws: fault) { try WebAddress(parsing: text) }
    }

    @Test(arguments: [
        ("https://h/a b.png", "An image's URL has a blank, a backslash or a control character in it."),
        ("https://u:SECRET@h/a.png", "An image's URL names a user."),
        ("https://h:0/", "An image's URL has no valid port."),
        ("ftp://h/SECRET", "An image's URL is no https address: ftp:…."),
        ("http://h/a.png", "An image's URL is plain http."),
    ])
    func aDroppedImageHasAReason(url: String, message: String) throws {
        var collector = ImageCollector()
        collector.collect(try JSONValue(parsing: "\"\(url.replacing("\\", with: "\\\\"))\""), depth: 0)
        #expect(collector.images.isEmpty)
        #expect(collector.warnings.list.map(\.message) == [message])
    }
}
