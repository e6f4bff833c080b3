import Jansson
import Testing

@testable import cover_bridge

struct TranscriptTests {
    @Test(arguments: [
        (#"{"id":1,"params":{"apiKey":"SECRET"}}"#, #"{"id":1,"params":{"apiKey":"[removed]"}}"#),
        (#"{"a":[{"callBackUrl":"SECRET"}]}"#, #"{"a":[{"callBackUrl":"[removed]"}]}"#),
        (#"{"call_back_url":"SECRET"}"#, #"{"call_back_url":"[removed]"}"#),
        (#"{"callbackUrl":null,"id":1.0}"#, #"{"callbackUrl":null,"id":1.0}"#),
        (
            #"{"method":"cover/generate","params":["m","SECRET"]}"#,
            #"{"method":"cover/generate","params":["m","[removed]"]}"#
        ),
        (
            #"[{"method":"initialize","params":[{},1,"SECRET"]}]"#,
            #"[{"method":"initialize","params":[{},1,"[removed]"]}]"#
        ),
        ("{\n\"a\": 1\r\n}", #"{"a": 1}"#),
    ])
    func redaction(text: String, expected: String) { #expect(Redaction.text(of: text.utf8) == expected) }

    @Test func whatIsNoJSONIsLeftOut() { #expect(Redaction.text(of: "SECRET".utf8) == nil) }

    private static func values(_ texts: [String]) throws -> [JSONValue] { try texts.map { try JSONValue(parsing: $0) } }

    @Test(arguments: [
        // Times, ports, numbering and the order across tasks do not count.
        (
            #"{"id":1,"result":{"checkedAt":"2026-01-01T00:00:00.000Z","url":"http://127.0.0.1:99/a"}}"#,
            #"{"id":1,"result":{"checkedAt":"2027-01-01T00:00:00.000Z","url":"http://127.0.0.1:1/a"}}"#, 0
        ),
        (#"{"id":1,"result":{"state":"failed"}}"#, #"{"id":1,"result":{"state":"pending"}}"#, 1),
        (#"{"id":1,"result":{}}"#, #"{"id":2,"result":{}}"#, 2),
        (#"{"id":1,"result":{"a":1}}"#, #"{"id":1,"result":{"a":1,"b":2}}"#, 1),
        (#"{"method":"$/progress","params":{}}"#, #"{"method":"bridge/healthChanged","params":{}}"#, 0),
    ])
    func comparison(recorded: String, now: String, differences: Int) throws {
        let comparison = Comparison(expected: try Self.values([recorded]), actual: try Self.values([now]))
        #expect(comparison.differences.count == differences)
    }

    @Test func changesOfOneTaskHaveAnOrder() throws {
        let first =
            #"{"method":"cover/statusChanged","params":{"taskId":"a","sequence":1,"status":{"state":"pending"}}}"#
        let second =
            #"{"method":"cover/statusChanged","params":{"taskId":"a","sequence":2,"status":{"state":"failed"}}}"#
        let other =
            #"{"method":"cover/statusChanged","params":{"taskId":"b","sequence":3,"status":{"state":"failed"}}}"#
        let recorded = try Self.values([first, second, other])
        #expect(Comparison(expected: recorded, actual: try Self.values([other, first, second])).differences == [])
        #expect(Comparison(expected: recorded, actual: try Self.values([second, first, other])).differences.count == 2)
    }
}
