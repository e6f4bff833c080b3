import Jansson
import SessionRecording
import Testing

struct TranscriptTests {
    @Test(arguments: [
        (#"{"id":1,"params":{"apiKey":"SECRET"}}"#, #"{"id":1,"params":{"apiKey":"[removed]"}}"#),
        (#"{"a":[{"callBackUrl":"SECRET"}]}"#, #"{"a":[{"callBackUrl":"[removed]"}]}"#),
        (#"{"call_back_url":"SECRET"}"#, #"{"call_back_url":"[removed]"}"#),
        (#"{"callbackUrl":"https://h/SECRET"}"#, #"{"callbackUrl":"https://removed.invalid/"}"#),
        (#"{"callbackUrl":null,"id":1.0}"#, #"{"callbackUrl":null,"id":1.0}"#),
        (
            #"{"method":"cover/generate","params":["m","SECRET"]}"#,
            #"{"method":"cover/generate","params":["m","[removed]"]}"#
        ),
        (
            #"[{"method":"initialize","params":[{},1,"SECRET"]}]"#,
            #"[{"method":"initialize","params":[{},1,"[removed]"]}]"#
        ),
        (
            #"{"method":"cover/callback","params":{"body":"{}","signature":"SECRET"}}"#,
            #"{"method":"cover/callback","params":{"body":"{}","signature":"[removed]"}}"#
        ),
        // A secret that is no text is refused, and may hold the text. A replay must get the same answer.
        (#"{"params":{"apiKey":["SECRET",null]}}"#, #"{"params":{"apiKey":["[removed]",null]}}"#),
        (#"{"params":{"apiKey":{"a":"SECRET"}}}"#, #"{"params":{"apiKey":{"a":"[removed]"}}}"#),
        (#"{"params":{"apiKey":12345678}}"#, #"{"params":{"apiKey":0}}"#),
        (
            #"{"method":"initialize","params":[{},1,["SECRET"]]}"#,
            #"{"method":"initialize","params":[{},1,["[removed]"]]}"#
        ),
        (#"{"method":"initialize","params":[{},1,null]}"#, #"{"method":"initialize","params":[{},1,null]}"#),
        ("{\n\"a\": 1\r\n}", #"{"a": 1}"#),
        // A transcript may contain the key in any place and in any spelling.
        (#"{"id":1,"a":["the key sk-key-123 is"]}"#, #"{"id":1,"a":["the key [key] is"]}"#),
        (#"{"a":"sk\u002dkey-123"}"#, #"{"a":"[key]"}"#),
        // The query of a URL may be a signature, so it is removed.
        (#"{"images":["https://h/a.png?sig=SECRET"]}"#, #"{"images":["https://h/a.png?[removed]"]}"#),
        (#"{"images":["https://h/a.png#SECRET"]}"#, #"{"images":["https://h/a.png?[removed]"]}"#),
        (
            #"{"m":"GET http://h/a?SECRET and https://h/b?c=SECRET failed?"}"#,
            #"{"m":"GET http://h/a?[removed] and https://h/b?[removed] failed?"}"#
        ),
        (#"{"m":"is https://h/a.png there?"}"#, #"{"m":"is https://h/a.png there?"}"#),
    ])
    func redaction(text: String, expected: String) {
        let redaction = Redaction { $0.replacing("sk-key-123", with: "[key]") }
        #expect(redaction.text(of: text.utf8) == expected)
    }

    @Test func linesThatAreNotJSONAreLeftOut() { #expect(Redaction().text(of: "SECRET".utf8) == nil) }

    @Test(arguments: [
        (#"{"id":1.0,"method":"cover/status","params":["a"]}"#, #"{"id":1.0,"method":"cover/status","params":["a"]}"#),
        (
            #"{"method":"cover/download","params":{"taskId":"a","directory":"/etc"}}"#,
            #"{"method":"cover/download","params":{"taskId":"a","directory":"/ours"}}"#
        ),
        (
            #"{"params":["a","/etc",true],"method":"cover/download"}"#,
            #"{"params":["a","/ours",true],"method":"cover/download"}"#
        ),
        // JSON can spell the same text in several ways. All of them are recognised.
        (
            #"{"method":"cover\/download","params":{"directory":"\/etc"}}"#,
            #"{"method":"cover/download","params":{"directory":"/ours"}}"#
        ),
        (
            #"{"m\u0065thod":"cover/download","params":{"dir\u0065ctory":"/etc"}}"#,
            #"{"method":"cover/download","params":{"directory":"/ours"}}"#
        ),
        (
            #"{"method":"cover/download","params":{"directory":"/a","directory":"/etc"}}"#,
            #"{"method":"cover/download","params":{"directory":"/ours"}}"#
        ),
        (
            #"[1,{"method":"cover/download","params":["a","/etc"]}]"#,
            #"[1,{"method":"cover/download","params":["a","/ours"]}]"#
        ),
        (
            "{\n{\"method\":\"cover/download\",\"params\":[\"a\",\"/etc\"]}\r\n",
            "{\n{\"method\":\"cover/download\",\"params\":[\"a\",\"/ours\"]}\n"
        ),
    ])
    func downloadsGoWhereNothingIsOverwritten(text: String, expected: String) {
        #expect(DownloadDirectoryRewriter(directory: "/ours").text(of: text) == expected)
    }

    @Test(arguments: [
        #"{"at":1e300}"#, #"{"at":-1}"#, #"{"at":"x"}"#, #"{"at":604801}"#, #"{"maxMessageBytes":0}"#,
        #"{"maxMessageBytes":1e30}"#, #"{"interval":0}"#, #"{"interval":1e9}"#, "[]", "{", "{}", "",
    ])
    func aFileThatIsNoSessionIsNoRecording(line: String) {
        #expect(throws: TranscriptError.self) { try Transcript(line) }
    }

    private static func values(_ texts: [String]) throws -> [JSONValue] { try texts.map { try JSONValue(parsing: $0) } }

    @Test(arguments: [
        // The comparison ignores times, ports, numbers, and the order of events of different tasks.
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
