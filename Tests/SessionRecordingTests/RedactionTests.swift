import CoverAPI
import SessionRecording
import Testing

/// Secrets that are inside other texts, in the wrong place, or repeated in another spelling.
struct RedactionTests {
    @Test(arguments: [
        // The body of a callback as text.
        (
            #"{"method":"cover/callback","params":{"body":"{\"data\":{\"callbackUrl\":\"https://h/SECRET\"}}"}}"#,
            #"{"method":"cover/callback","params":{"body":"{\"data\":{\"callbackUrl\":\"https://removed.invalid/\"}}"}}"#
        ),
        (
            #"{"body":"{\"callBackUrl\":\"https:\\/\\/h\\/SECRET?token=SECRET\",\"apiKey\":\"SECRET\"}"}"#,
            #"{"body":"{\"callBackUrl\":\"https://removed.invalid/\",\"apiKey\":\"[removed]\"}"}"#
        ),
        // JSON in JSON in JSON.
        (
            #"{"a":"[\"{\\\"X-Webhook-Signature\\\":\\\"SECRET\\\"}\"]"}"#,
            #"{"a":"[\"{\\\"X-Webhook-Signature\\\":\\\"[removed]\\\"}\"]"}"#
        ),
        (#"{"a":"\"{\\\"apiKey\\\":\\\"SECRET\\\"}\""}"#, #"{"a":"\"{\\\"apiKey\\\":\\\"[removed]\\\"}\""}"#),
        (#"{"a":"{\"apiKey\":\"SECRET\",\"broken"}"#, #"{"a":"[removed]"}"#),
        (#"{"a":"{ \"id\" : 1.0 } "}"#, #"{"a":"{ \"id\" : 1.0 } "}"#),
        (#"{"a":"{curly} text"}"#, #"{"a":"{curly} text"}"#),
        // The callback URL of the message, repeated.
        (
            #"{"errorMessage":"POST https://h/SECRET?t=1 failed","callbackUrl":"https://h/SECRET?t=1"}"#,
            #"{"errorMessage":"POST https://removed.invalid/ failed","callbackUrl":"https://removed.invalid/"}"#
        ),
        (
            #"{"callbackUrl":"https://h/SECRET?t=1","notifyUrl":"HTTPS://H/SECRET?t=SECRET"}"#,
            #"{"callbackUrl":"https://removed.invalid/","notifyUrl":"https://removed.invalid/?[removed]"}"#
        ),
        (
            #"{"callbackUrl":"https://h/SECRET?t=SECRET","note":"https%3A%2F%2Fh%2FSECRET%3Ft%3DSECRET, https:\\/\\/h\\/SECRET"}"#,
            #"{"callbackUrl":"https://removed.invalid/","note":"https://removed.invalid/, https://removed.invalid/"}"#
        ),
        (
            #"{"callbackUrl":"https://h/a","more":{"callbackUrl":"https://h/a/SECRET"},"note":"https://h/a/SECRET"}"#,
            #"{"callbackUrl":"https://removed.invalid/","more":{"callbackUrl":"https://removed.invalid/"},"note":"https://removed.invalid/"}"#
        ),
        // A host alone is no secret, and is the beginning of other URLs.
        (
            #"{"callbackUrl":"https://h.example/","images":["https://h.example/a.png"]}"#,
            #"{"callbackUrl":"https://removed.invalid/","images":["https://h.example/a.png"]}"#
        ),
        // A URL in a text about callbacks is one.
        (
            #"{"message":"The callback https://h/SECRET got 404."}"#,
            #"{"message":"The callback https://removed.invalid/ got 404."}"#
        ),
        // URLs with escapes have queries too.
        (#"{"a":"GET https:\\/\\/h\\/a?SECRET failed"}"#, #"{"a":"GET https:\\/\\/h\\/a?[removed] failed"}"#),
        (#"{"a":"to=https%3A%2F%2Fh%2Fa%3FSECRET"}"#, #"{"a":"to=https%3A%2F%2Fh%2Fa?[removed]"}"#),
        (#"{"a":"see \"https://h/a?SECRET\" there"}"#, #"{"a":"see \"https://h/a?[removed]\" there"}"#),
        // Positional parameters.
        (
            #"{"method":"cover/callback","params":["{}",1700000000,"SECRET"]}"#,
            #"{"method":"cover/callback","params":["{}",1700000000,"[removed]"]}"#
        ),
        (
            #"{"method":"cover/callback","params":["SECRET","{}","1700000000"]}"#,
            #"{"method":"cover/callback","params":["[removed]","{}","[removed]"]}"#
        ),
        (
            #"{"method":"cover/callback","params":[{"callbackUrl":"SECRET"},"1700000000",null]}"#,
            #"{"method":"cover/callback","params":[{"callbackUrl":"[removed]"},"1700000000",null]}"#
        ),
        (#"{"method":"initialize","params":["SECRET"]}"#, #"{"method":"initialize","params":["[removed]"]}"#),
        (
            #"{"method":"initialize","params":[{"name":"vim"},"SECRET"]}"#,
            #"{"method":"initialize","params":[{"name":"vim"},"[removed]"]}"#
        ),
        (
            #"{"method":"cover/generate","params":["https://h/SECRET","m"]}"#,
            #"{"method":"cover/generate","params":["https://removed.invalid/","[removed]"]}"#
        ),
        (#"{"method":"cover/status","params":["m",0,true]}"#, #"{"method":"cover/status","params":["m",0,true]}"#),
        // Names of members may hold a key.
        (#"{"sk-key-123":{"https://h/?SECRET":1}}"#, #"{"[key]":{"https://h/?[removed]":1}}"#),
    ])
    func secretsInsideTexts(text: String, expected: String) {
        let redaction = Redaction { $0.replacing("sk-key-123", with: "[key]") }
        #expect(redaction.text(of: text.utf8) == expected)
    }

    /// The bridge refuses a text that is no key. It must refuse the text that replaces it, too.
    @Test(arguments: ["", "SECRET SECRET", "${SECRET}", "SECRET=\\nSECRET"])
    func aTextThatIsNoKeyIsReplacedByOneThatIsNone(_ text: String) {
        let named = #"{"method":"initialize","params":{"apiKey":"\#(text)"}}"#
        #expect(
            Redaction().text(of: named.utf8) == #"{"method":"initialize","params":{"apiKey":"<removed>"}}"#
        )
        #expect(throws: KeyFault.self) { try APIKey(checking: "<removed>") }
    }

    @Test(arguments: [
        #"{"method":"initialize","params":{"apiKey":"sk-key-1234"}}"#,
        #"{"method":"initialize","params":{"apiKey":"Bearer sk-key-1234"}}"#,
        #"{"method":"initialize","params":[null,null,"sk-key-1234"]}"#,
        #"[{"method":"initialize","params":["sk-key-1234"]}]"#,
    ])
    func aKeyIsRemovedFromLaterMessages(_ first: String) {
        let redaction = Redaction()
        _ = redaction.text(of: first.utf8)
        #expect(redaction.text(of: #"{"id":"sk\u002dkey-1234"}"#.utf8) == #"{"id":"[key]"}"#)
    }

    /// The bridge answers such a message with a parse error. The recording contains another message without JSON.
    @Test(arguments: [[0x22, 0xE9, 0x22], [0x22, 0x0A, 0x22]]) func aMessageThatIsNoJSONIsNotRepaired(_ bytes: [UInt8])
    {
        #expect(Redaction().text(of: bytes) == nil)
    }

    /// Each text inside another doubles the escapes, so the recording does not look deeper than eight texts.
    @Test func aTextInsideManyTextsIsRemoved() {
        var text = #"{"apiKey":"SECRET"}"#
        for _ in 0..<10 { text = #"{"a":"# + quoted(text) + "}" }
        let redacted = Redaction().text(of: text.utf8)
        #expect(redacted?.contains("SECRET") == false && redacted?.contains("[removed]") == true)
    }

    private func quoted(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }

    @Test(arguments: [
        #"{"method":"cover/generate","params":{"taskId":"m","callbackUrl":"https://h/SECRET?a=b"}}"#,
        #"{"method":"cover/generate","params":["m","https://h/SECRET"]}"#,
        #"[{"method":"cover/generate","params":["https://h/SECRET"]}]"#,
        #"{"result":{"record":{"param":"{\"callBackUrl\":\"https:\\/\\/h\\/SECRET\"}"}}}"#,
    ])
    func aCallbackURLIsRemovedFromLaterMessages(_ first: String) {
        let redaction = Redaction()
        _ = redaction.text(of: first.utf8)
        let later = #"{"message":"No answer from https://h/SECRET (https%3A//h/SECRET)"}"#
        #expect(
            redaction.text(of: later.utf8)
                == #"{"message":"No answer from https://removed.invalid/ (https://removed.invalid/)"}"#
        )
    }
}
