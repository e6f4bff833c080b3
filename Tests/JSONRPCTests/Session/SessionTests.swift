import JSONRPC
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5)))
struct SessionTests {
    @Test func answersRequestsAndEndsWithTheInput() async throws {
        let rig = SessionRig()
        rig.client.send(#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#)
        #expect(await rig.client.line() == #"{"jsonrpc":"2.0","id":1,"result":{}}"#)
        rig.client.send(#"{"jsonrpc":"2.0","id":"a","method":"late"}"#)
        #expect(await rig.client.line() == #"{"jsonrpc":"2.0","id":"a","result":{}}"#)
        rig.client.endInput()
        #expect(try await rig.end == .endOfInput)
        #expect(await rig.client.rest().isEmpty)
    }

    @Test func writesNothingBeforeTheFirstByte() async throws {
        let rig = SessionRig()
        rig.session.notify("early", [1])
        #expect(rig.session.statistics.queuedBytes == 0)
        rig.client.sendRaw("Content-Length: 40\r\n\r\n{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}")
        rig.client.endInput()
        let expected =
            "Content-Length: 47\r\n\r\n{\"jsonrpc\":\"2.0\",\"method\":\"early\",\"params\":[1]}"
            + "Content-Length: 36\r\n\r\n{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}"
        #expect(await String(decoding: rig.client.rest(), as: UTF8.self) == expected)
        #expect(try await rig.end == .endOfInput)
    }

    @Test func aMessageOfSeveralLinesIsExplained() async throws {
        let lines = try await SessionRig.answers(to: ["{", #""jsonrpc":"2.0","id":1,"method":"ping""#, "}"])
        #expect(lines.first?.contains("a message without headers must be on one line") == true)
    }

    @Test(arguments: [
        "0", "-1", "1.0", "1e3", "1E+3", "-0", "9223372036854775807", "9223372036854775808", "18446744073709551616",
        "1e400", "0.1", "null", #""""#, #""a""#, #""\u0061""#, #""\ud83d\ude00""#, #""é""#, #""\/""#,
        #""\u0000""#, #""a\"b""#, #""{\"id\":7}""#,
    ])
    func echoesTheIDByteForByte(id: String) async throws {
        for request in [
            #"{"params":{"id":"decoy","x":[{"id":8}]},"jsonrpc":"2.0","id": \#(id) ,"method":"ping"}"#,
            #"{"jsonrpc":"2.0","\u0069\u0064":\#(id),"method":"late","x":"\"id\":9"}"#,
            #"{"jsonrpc":"2.0","method":"refuse","i\u0064":\#(id)}"#,
            #"[{"jsonrpc":"2.0","method":"late","id":\#(id)}]"#,
        ] {
            let lines = try await SessionRig.answers(to: [request])
            #expect(lines.count == 1)
            let line = lines.first?.drop { $0 == "[" } ?? ""
            #expect(line.hasPrefix(#"{"jsonrpc":"2.0","id":\#(id),"#), "\(lines)")
            #expect(!line.contains("duplicateId"))
        }
    }

    /// Bytes in a string that are not valid Unicode text, and the text that a session with repair reads instead.
    private static let damage: [(bytes: [UInt8], read: String)] = [
        (Array(#"\ud83d"#.utf8), #"\ufffd"#), ([0xE9], #"\ufffd"#), (Array("é".utf8), #"\u00e9"#),
        (Array(#"\u12"#.utf8), "-32700"),
    ]

    /// The peer waits for the answer with its id. In a text that is no JSON at all, the id could be wrong.
    @Test(arguments: [
        (#""\ud83d""#, "half of a surrogate pair"), (#"{"a":["\udc00"]}"#, "half of a surrogate pair"),
        (#"{"a\u0000":1}"#, "a NUL character in a member's name"), ("[NaN]", "NaN or Infinity"),
        (#"{"a":-Infinity,"b":"NaN\"NaN"}"#, "NaN or Infinity"), (#""\u12""#, nil), ("[1,]", nil), ("[nan]", nil),
        (#""\ud83d" x"#, nil),
    ])
    func aMessageThatIsNearlyJSONIsAnsweredByItsID(value: String, words: String?) async throws {
        let request = #"{"jsonrpc":"2.0","id":7,"method":"ping","params":\#(value)}"#
        let fault = try await SessionRig.answers(to: [request]).first ?? ""
        let start =
            words == nil
            ? #"{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"#
            : #"{"jsonrpc":"2.0","id":7,"error":{"code":-32600,"#
        #expect(fault.hasPrefix(start) && fault.contains(words ?? "is not JSON"), "\(fault)")

        let batch = #"[\#(request),{"jsonrpc":"2.0","id":8,"method":"ping"}]"#
        let answers = try await SessionRig.answers(to: [batch]).first ?? ""
        #expect(answers.contains(#""id":8,"result":{}"#) == (words != nil), "\(answers)")
    }

    /// Without a usable id there is nothing to answer by.
    @Test(arguments: [
        #"{"jsonrpc":"2.0","id":"\ud83d","method":"ping"}"#, #"{"jsonrpc":"2.0","id":1,"id":2,"method":"\ud83d"}"#,
        #"{"jsonrpc":"2.0","id":[],"method":"\ud83d"}"#,
    ])
    func anIDThatIsNotUsableIsNull(request: String) async throws {
        let fault = try await SessionRig.answers(to: [request]).first ?? ""
        #expect(fault.hasPrefix(#"{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"#), "\(fault)")
    }

    @Test(arguments: damage, [false, true])
    func invalidTextIsRepairedWhereTheConfigurationSaysSo(damage: (bytes: [UInt8], read: String), repairs: Bool) async {
        var configuration = Session.Configuration()
        configuration.repairsText = repairs
        let rig = SessionRig(configuration)
        for (opening, closing) in [("", ""), ("[", "]")] {
            let start = #"\#(opening){"jsonrpc":"2.0","id":1,"method":"echo","params":["x"#
            rig.client.sendRaw(Array(start.utf8) + damage.bytes + Array("\"]}\(closing)\n".utf8))
            let line = await rig.client.line() ?? ""
            let isRead = damage.read == #"\u00e9"# || (repairs && damage.read == #"\ufffd"#)
            let code = damage.read == "-32700" ? -32700 : -32600
            #expect(line.contains(isRead ? #""result":["x\#(damage.read)"]"# : #""code":\#(code)"#), "\(line)")
        }
        rig.client.endInput()
    }

    @Test(arguments: ["true", "false", "[]", "[1]", "{}", #"{"id":1}"#])
    func refusesAnIDOfAnotherKind(id: String) async throws {
        let lines = try await SessionRig.answers(to: [#"{"jsonrpc":"2.0","id":\#(id),"method":"ping"}"#])
        #expect(lines.count == 1)
        #expect(lines.first?.hasPrefix(#"{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"#) == true, "\(lines)")
    }

    @Test func refusesASecondRequestWithAnIDInFlight() async throws {
        let rig = SessionRig()
        rig.client.send(
            #"{"jsonrpc":"2.0","id":"a","method":"hold"}"#,
            #"{"jsonrpc":"2.0","id":"\u0061","method":"ping"}"#,
            #"{"jsonrpc":"2.0","id":1,"method":"hold"}"#,
            #"{"jsonrpc":"2.0","id":1.0,"method":"ping"}"#
        )
        let refusal = await rig.client.line()
        #expect(refusal?.hasPrefix(#"{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"#) == true)
        #expect(refusal?.contains(#""kind":"duplicateId""#) == true)
        #expect(await rig.client.line() == #"{"jsonrpc":"2.0","id":1.0,"result":{}}"#)
        rig.handler.gate.open()
        rig.client.endInput()
        #expect(try await rig.end == .endOfInput)
        #expect(
            String(decoding: await rig.client.rest(), as: UTF8.self).split(separator: "\n").sorted() == [
                #"{"jsonrpc":"2.0","id":"a","result":"held"}"#, #"{"jsonrpc":"2.0","id":1,"result":"held"}"#,
            ]
        )
    }
}
