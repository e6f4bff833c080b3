import APITestSupport
import CoverModel
import Jansson
import TestSupport
import Testing

@testable import CoverAPI

/// Whatever the API repeats of the key, no text that leaves the client has it.
struct KeyRedactorTests {
    private static let secret = "sk/3c7d8f+e0b1"

    /// Texts that hold the key, in JSON's spelling.
    private static let spellings = [
        #"sk/3c7d8f+e0b1"#, #"sk\/3c7d8f+e0b1"#, #"\u0073k/3c7d8f+e0b\u0031"#, #"\\u0073k/3c7d8f+e0b1"#,
        "sk%2F3c7d8f%2Be0b1", "sk%2f3c7d8f%2be0b1", "sk/3c7d8f%2Be0b1", "%73k%2F3c7d8f%2be0b%31",
        "sk%252F3c7d8f%252be0b1",
        #"\\u0073k%25252F3c7d8f+e0b1"#, #"sk%5C%2F3c7d8f+e0b1"#,
        // base64 of the key, and of `u:` and `ux:` before it, as logins have it.
        "c2svM2M3ZDhmK2UwYjE=", "dTpzay8zYzdkOGYrZTBiMQ==", "dXg6c2svM2M3ZDhmK2UwYjE=",
    ]

    @Test(arguments: spellings) func isTakenOutOfEveryText(_ spelling: String) async throws {
        let text = "\"no luck with \(spelling), sorry\""
        let record = """
            {"taskId":"t","parentTaskId":\(text),"successFlag":3,"errorMessage":\(text),"callbackUrl":\(text),"createTime":\(text),
            "status":\(text),"errorCode":\(text),"response":{"images":["https://i/?a=\(spelling)"],"more":[\(text)]}}
            """
        let client = try client(answering: #"{"code":200,"msg":\#(text),"data":\#(record)}"#)
        let status = try await client.status(of: "t", includeRecord: true)
        #expect(status.state == .failed)
        let shown = status.jsonText
        #expect(shown.contains("no luck with "))
        for trace in ["3c7d8f", "M2M3ZDhm", "Y3ZDhm", "zYzdkO", "u0073"] {
            #expect(!shown.contains(trace), "\(trace) in \(shown)")
        }
        #expect(status.failure?.message.contains("[key]") == true)
    }

    @Test(arguments: spellings) func isTakenOutOfErrors(_ spelling: String) async throws {
        let client = try client(answering: #"{"code":400,"msg":"no \#(spelling)"}"#)
        let error = try await #require(throws: CoverError.self) { try await client.poll("t") }
        #expect(error.apiMessage?.contains("[key]") == true)
        #expect(error.apiMessage?.contains("3c7d8f") == false)
    }

    @Test(arguments: [
        ("AbC+/d==XY12", "AbC%2b%2fd%3d%3dXY12"), ("AbC+/d==XY12", "AbC%2B/d%3D%3DXY12"),
        ("sk-abc_def-1", "sk%2Dabc%5Fdef%2d1"), ("ab%2Bcd&ef", "ab%2Bcd&amp;ef"), ("ab%2Bcd&ef", "ab%252Bcd%26ef"),
        ("ab%2Bcd&ef", "ab%2Bcd&ef"), (#"ab\cd\u0041-12"#, #"ab\\cd\\u0041-12"#),
    ])
    func isFoundBehindEscapes(_ secret: String, _ spelling: String) {
        let redacted = KeyRedactor(secret: secret).redacted(Array("100%, a%2Fb \(spelling) %".utf8))
        #expect(String(decoding: redacted, as: UTF8.self) == "100%, a%2Fb [key] %")
    }

    @Test func whatIsNoKeyStays() throws {
        let redactor = KeyRedactor(secret: Self.secret)
        for text in [
            "", "sk/3c7d8f+e0b", "\\", "\\\\\\", #"{"a":"b\\n\u00e9\ud83d\ude00\"c\/d"}"#, #"\u"#, #"\u00"#,
            String(repeating: "sk/3c7d8f", count: 100),
        ] {
            #expect(redactor.redacted(Array(text.utf8)) == Array(text.utf8))
        }
        let twice = Array("\(Self.secret)\(Self.secret) \(Self.secret)".utf8)
        #expect(redactor.redacted(twice) == Array("[key][key] [key]".utf8))
    }

    /// A key for trying out, as `test`, would be found in the middle of words and ids.
    @Test func aShortKeyIsLetThrough() async throws {
        let client = try client(key: "test", answering: #"{"code":200,"data":{"taskId":"test-1","successFlag":0}}"#)
        #expect(try await client.poll("test-1").state == .pending)
    }

    private func client(key: String = secret, answering text: String) throws -> CoverClient {
        var configuration = CoverClient.Configuration()
        configuration.credentials = Credentials(environment: APIKey(key))
        let exchange = ScriptedExchange([.json(text)])
        return try CoverClient(configuration: configuration, exchange: exchange, timeline: ManualClock().timeline())
    }
}
