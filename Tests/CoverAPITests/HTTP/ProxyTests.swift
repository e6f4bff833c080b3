import CoverModel
import Testing

@testable import CoverAPI

/// Tests which proxy the client uses for a server.
struct ProxyTests {
    private static func proxy(_ endpoint: String, _ variables: [String: String]) throws -> Proxy? {
        let address = try #require(WebAddress(endpoint))
        return try ProxySettings { variables[$0] }.proxy(for: address)
    }

    @Test(arguments: [
        ("http://proxy:8080", "proxy", 8080), ("proxy:8080", "proxy", 8080), ("http://proxy", "proxy", 3128),
        ("HTTP://Proxy:8080/", "proxy", 8080), ("\"http://proxy:8080\"", "proxy", 8080),
        (" proxy:8080\r", "proxy", 8080),
        ("HTTP://Proxy", "proxy", 3128), ("socks5://proxy", "proxy", 1080), ("socks5h://[::1]:9", "::1", 9),
    ])
    func addresses(_ value: String, _ host: String, _ port: Int) throws {
        let proxy = try #require(try Self.proxy("https://api.kie.ai", ["HTTPS_PROXY": value]))
        #expect(proxy.host == host)
        #expect(proxy.port == port)
        #expect((proxy.kind == .socks) == value.hasPrefix("socks"))
    }

    @Test(arguments: [
        ("http://us%40er:p%3Ass%25@proxy", "us@er", "p:ss%"), ("http://user@proxy", "user", ""),
        ("http://user:a:b@proxy", "user", "a:b"), ("http://%C3%A4:%20@proxy", "ä", " "),
    ])
    func loginsAreDecoded(_ value: String, _ user: String, _ password: String) throws {
        let proxy = try #require(try Self.proxy("https://api.kie.ai", ["https_proxy": value]))
        #expect(proxy.kind == .connect(.init(user: user, password: password)))
        #expect("\(proxy)".contains("(Optional(…))"))
    }

    @Test(arguments: [
        "http://", "http://SECRET@", "http://u:SECRET@host:0", "http://u:SECRET@host:99999", "http://u:SECRET@ho st",
        "http://u:SECRET%zz@host", "http://u:SECRET%C3@host", "https://u:SECRET@host", "socks5://u:SECRET@host",
        "socks4://SECRET.host", "http://bob:2024#SECRET@host:1", "http://SECRET:20/24@host", "http://SECRET:20?4@host",
        "http://host/SECRET", "ftp://SECRET.host", "://SECRET",
    ])
    func anUnreadableValueIsAnErrorThatNamesTheVariable(_ value: String) {
        do {
            let proxy = try Self.proxy("https://api.kie.ai", ["ALL_PROXY": value])
            Issue.record("read as \(String(describing: proxy))")
        } catch let error as CoverError {
            #expect(error.kind == .badRequest)
            #expect(error.message.hasPrefix("ALL_PROXY "))
            #expect(!error.message.contains("SECRET"))
        } catch {
            Issue.record("\(error)")
        }
    }

    @Test func theVariableOfTheSchemeHasPriority() throws {
        let both = ["ALL_PROXY": "socks5://all", "HTTPS_PROXY": "http://large", "https_proxy": "http://small"]
        #expect(try Self.proxy("https://api.kie.ai", both)?.variable == "https_proxy")
        #expect(try Self.proxy("https://api.kie.ai", ["ALL_PROXY": "socks5://all"])?.variable == "ALL_PROXY")
        #expect(try Self.proxy("https://127.0.0.1", both) == nil)
        // If the variable in small letters is empty, the command uses no proxy, although the variable in capital
        // letters names one.
        let emptied = ["HTTPS_PROXY": "http://large", "https_proxy": ""]
        #expect(try Self.proxy("https://api.kie.ai", emptied) == nil)
        let other = emptied.merging(["ALL_PROXY": "socks5://all"]) { $1 }
        #expect(try Self.proxy("https://api.kie.ai", other)?.variable == "ALL_PROXY")
        #expect(try Self.proxy("https://api.kie.ai", ["HTTPS_PROXY": "", "all_proxy": "http://all"])?.host == "all")
        let excepted = ["HTTPS_PROXY": "http://large", "NO_PROXY": "*", "no_proxy": ""]
        #expect(try Self.proxy("https://api.kie.ai", excepted)?.host == "large")
        #expect(try Self.proxy("https://api.kie.ai", ["http_proxy": "http://plain"]) == nil)
    }

    @Test(arguments: [
        ("*", true), ("kie.ai", true), (".kie.ai", true), ("*.kie.ai", true), ("api.kie.ai", true),
        ("api.kie.ai:443", true), ("api.kie.ai:80", false), ("KIE.AI", true), ("kie.ai.", true), ("ie.ai", false),
        ("a,b api.kie.ai", true), ("*.api.kie.ai", false), ("k*e.ai", false), ("10.0.0.0/8", false), ("", false),
        (".", false),
    ])
    func exceptionsByName(_ list: String, _ isDirect: Bool) throws {
        let variables = ["HTTPS_PROXY": "http://proxy", "NO_PROXY": list]
        #expect((try Self.proxy("https://api.kie.ai", variables) == nil) == isDirect)
    }

    @Test func exceptionsOfAnyScript() throws {
        let variables = ["HTTPS_PROXY": "http://proxy", "NO_PROXY": ".Bücher.example"]
        #expect(try Self.proxy("https://api.bücher.example", variables) == nil)
        #expect(try Self.proxy("https://api.xn--bcher-kva.example", variables) == nil)
    }

    @Test(arguments: [
        ("https://10.1.2.3", "10.0.0.0/8", true), ("https://11.1.2.3", "10.0.0.0/8", false),
        ("https://10.1.2.3", "10.1.2.3", true), ("https://10.1.2.3:8443", "10.1.2.3:8443", true),
        ("https://10.1.2.3:8443", "10.1.2.3:443", false), ("https://10.1.2.3", "10.1.2.0/33", false),
        ("https://10.1.2.3", "10.1.2.3/31", true), ("https://10.1.2.1", "10.1.2.3/31", false),
        ("https://[2001:db8::1]", "2001:db8::/32", true), ("https://[2001:db8::1]", "[2001:db8::1]:443", true),
        ("https://[2001:db8::1]", "2001:0db8:0:0::1", true), ("https://[2001:db9::1]", "2001:db8::/32", false),
        ("https://10.1.2.3", "0.0.0.0/0", true), ("https://[::ffff:10.1.2.3]", "10.0.0.0/8", true),
    ])
    func exceptionsByAddress(_ endpoint: String, _ list: String, _ isDirect: Bool) throws {
        let variables = ["HTTPS_PROXY": "http://proxy", "no_proxy": list]
        #expect((try Self.proxy(endpoint, variables) == nil) == isDirect)
    }
}
