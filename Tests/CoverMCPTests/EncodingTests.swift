import Jansson
import Testing

@testable import CoverAPI
@testable import CoverMCP

@Suite
struct EncodingTests {
    /// The examples of RFC 4648, section 10, and every digit.
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"), ("~~~???", "fn5+Pz8/"),
    ])
    func base64(text: String, encoded: String) {
        #expect(Base64.text(Array(text.utf8)) == encoded)
    }

    @Test(arguments: [
        ("9007199254740992", "9007199254740992"), ("9007199254740993", #""9007199254740993""#),
        ("-9007199254740993", #""-9007199254740993""#),
        (#"{"a":[1,12345678901234567]}"#, #"{"a":[1,"12345678901234567"]}"#),
        (#"{"a":null,"b":1.5,"c":"x","d":true}"#, #"{"a":null,"b":1.5,"c":"x","d":true}"#),
    ])
    func bigIntegersAreStrings(json: String, portable: String) throws {
        #expect(PortableJSON(try JSONValue(parsing: json)).jsonText == portable)
    }
}
