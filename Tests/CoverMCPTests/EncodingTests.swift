import Jansson
import Testing

@testable import CoverMCP

@Suite
struct EncodingTests {
    @Test(arguments: [
        ("9007199254740992", "9007199254740992"), ("9007199254740993", #""9007199254740993""#),
        ("-9007199254740993", #""-9007199254740993""#),
        (#"{"a":[1,12345678901234567]}"#, #"{"a":[1,"12345678901234567"]}"#),
        (#"{"a":null,"b":1.5,"c":"x","d":true}"#, #"{"a":null,"b":1.5,"c":"x","d":true}"#),
    ])
    func bigIntegersAreStrings(json: String, portable: String) throws {
        #expect(String(decoding: try JSONValue(parsing: json).portableJSONBytes, as: UTF8.self) == portable)
    }
}
