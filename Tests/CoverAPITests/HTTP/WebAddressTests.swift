import Testing

@testable import CoverAPI

/// Tests which address a reference leads to, and whether this address is in a private network.
struct WebAddressTests {
    /// The examples of RFC 3986 §5.4, with a base address that begins with https.
    @Test(arguments: [
        ("g", "/b/c/g"), ("./g", "/b/c/g"), ("g/", "/b/c/g/"), ("/g", "/g"), ("?y", "/b/c/d;p?y"), ("g?y", "/b/c/g?y"),
        ("#s", "/b/c/d;p?q"), ("g#s", "/b/c/g"), (";x", "/b/c/;x"), ("g;x", "/b/c/g;x"), ("g;x?y#s", "/b/c/g;x?y"),
        ("", "/b/c/d;p?q"), (".", "/b/c/"), ("./", "/b/c/"), ("..", "/b/"), ("../", "/b/"), ("../g", "/b/g"),
        ("../..", "/"), ("../../", "/"), ("../../g", "/g"), ("../../../g", "/g"), ("/./g", "/g"), ("/../g", "/g"),
        ("g.", "/b/c/g."), (".g", "/b/c/.g"), ("g..", "/b/c/g.."), ("..g", "/b/c/..g"), ("./../g", "/b/g"),
        ("./g/.", "/b/c/g/"), ("g/./h", "/b/c/g/h"), ("g/../h", "/b/c/h"), ("g;x=1/./y", "/b/c/g;x=1/y"),
        ("g;x=1/../y", "/b/c/y"), ("g?y/./x", "/b/c/g?y/./x"), ("g#s/../x", "/b/c/g"),
    ])
    func references(_ reference: String, _ path: String) throws {
        let base = try #require(WebAddress("https://a/b/c/d;p?q"))
        #expect(base.resolve(reference) == "https://a" + path)
    }

    @Test(arguments: [
        ("//h/x", "https://h/x"), ("http://h/x", "http://h/x"), ("HTTPS://h", "HTTPS://h"), ("g:h", "g:h"),
        ("a/b:c", "https://a/a/b:c"), ("1:2", "https://a/1:2"),
    ])
    func otherHosts(_ reference: String, _ target: String) throws {
        let base = try #require(WebAddress("https://a"))
        #expect(base.resolve(reference) == target)
    }

    @Test(arguments: [
        "localhost", "LOCALHOST", "a.localhost", "localhost.", "127.0.0.1", "127.9.9.9", "10.0.0.1", "172.16.0.1",
        "172.31.255.255", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "224.0.0.1", "255.255.255.255",
        "127.1", "2130706433", "0x7f000001", "0x7f.1", "127.0.0.1.", "[::1]", "[::]", "[fc00::1]", "[fd12::1]",
        "[fe80::1]", "[::ffff:127.0.0.1]", "[::127.0.0.1]", "[64:ff9b::10.0.0.1]", "[2002:7f00:1::]", "[ff02::1]",
    ])
    func inside(_ host: String) throws {
        #expect(try #require(WebAddress("https://\(host)/")).isLocal)
    }

    @Test(arguments: [
        "api.kie.ai", "localhost.example", "notlocalhost", "1.1.1.1", "172.32.0.1", "172.15.0.1", "11.0.0.1",
        "100.128.0.1", "192.169.0.1", "203.0.113.1", "[2606:4700::1]", "[64:ff9b::1.1.1.1]", "[2002:101:101::]",
        "10.example", "127.0.0.1.example",
    ])
    func outside(_ host: String) throws {
        #expect(!(try #require(WebAddress("https://\(host)/")).isLocal))
    }
}
