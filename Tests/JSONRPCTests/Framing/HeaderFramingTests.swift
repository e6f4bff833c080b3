import TestSupport
import Testing

@testable import JSONRPC

struct HeaderFramingTests {
    static let tooLarge = Framed.fault(.messageTooLarge(limit: 64))
    static let headerTooLarge = Framed.fault(.headerTooLarge(limit: 8192))
    static let two = Framed.message("{}")
    /// A message that comes after the tested input. The framer must find it after any input.
    static let next = "Content-Length: 4\r\n\r\n[42]"

    @Test(arguments: [
        ("Content-Length: 2\r\n\r\n{}", [two]),
        ("content-length:2\r\n\r\n{}", [two]),
        ("CONTENT-LENGTH: \t 2 \r\n\r\n{}", [two]),
        ("Content-Length: 2\n\n{}", [two]),
        ("Content-Length: 0002\r\n\r\n{}", [two]),
        ("\r\n\r\nContent-Length: 2\r\n\r\n{}\r\n", [two]),
        ("\u{FEFF}Content-Length: 2\r\n\r\n{}", [two]),
        ("Content-Type: application/vscode-jsonrpc; charset=utf-8\r\nContent-Length: 2\r\n\r\n{}", [two]),
        ("Content-Length: 2\r\nContent-Type: application/vim-jsonrpc\r\n\r\n{}", [two]),
        ("Content-Length: 2\r\nContent-Type: x; Charset=\"UTF8\"\r\nX-Other: a:b\r\n\r\n{}", [two]),
        ("Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", [two]),
        ("Content-Length: 4\r\n\r\n{\r\n}", [.message("{\r\n}")]),
        ("Content-Length: 4\r\n\r\n\"ü\"", [.message("\"ü\"")]),
        ("Content-Length: 0\r\n\r\n", [.message("")]),
        ("Content-Type: x; charset=latin1\r\nContent-Length: 2\r\n\r\n{}", [.malformed]),
        ("Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} ", [.malformed]),
        ("Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", [.malformed]),
        ("Content-Length: 3\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}", [.malformed]),
        ("Content-Length: -5\r\n\r\n{}", [.malformed]),
        ("Content-Length: 2.0\r\n\r\n{}", [.malformed]),
        ("Content-Length: 0x2\r\n\r\n{}", [.malformed]),
        ("Content-Length:\r\n\r\n{}", [.malformed]),
        ("Content-Length: 99999999999999999999\r\n\r\n{}", [.malformed]),
        ("Content-Type: x\r\n\r\n{}", [.malformed]),
        ("X-Nothing: 1\r\n\r\n", [.malformed]),
        ("Content-Length: 65\r\n\r\n" + String(repeating: "x", count: 65), [tooLarge]),
        ("Content-Length: 1000000000\r\n\r\n{}", [tooLarge]),
        ("Content-Length: 9223372036854775807\r\n\r\n{}\r\n", [tooLarge]),
        ("{\"jsonrpc\":\"2.0\"}\r\n", [.malformed]),
        ("{\"jsonrpc\":\"2.0\"}", [.malformed]),
        ("Content-Length: 2\r\nno header\r\n\r\n{}", [.malformed]),
        ("X: " + String(repeating: "x", count: 9000) + "\r\nContent-Length: 2\r\n\r\n{}", [headerTooLarge]),
        ("Content-Length: 2\r\nX: " + String(repeating: "x", count: 9000) + "\r\n\r\n{}", [headerTooLarge]),
        (String(repeating: "X: xxxxxxxxxxxxx\r\n", count: 600) + "Content-Length: 2\r\n\r\n{}", [headerTooLarge]),
        (String(repeating: "{", count: 9000), [headerTooLarge]),
        (String(repeating: "{", count: 9000) + "\r\n", [headerTooLarge]),
    ])
    func readsOrRefusesAndContinues(stream: String, expected: [Framed]) {
        let bytes = Array((stream + Self.next).utf8)
        let all = expected + [.message("[42]")]
        let step = bytes.count > 1000 ? 97 : 1
        for split in stride(from: 0, through: bytes.count, by: step) {
            let actual = frames(bytes, splitAt: [split], framing: .contentLength, maximumBytes: 64).frames
            #expect(actual.map(\.withoutPhrase) == all, "split at \(split)")
        }
        let single = frames(bytes, splitAt: Array(1..<bytes.count), framing: .contentLength, maximumBytes: 64).frames
        #expect(single.map(\.withoutPhrase) == all, "byte by byte")
    }

    @Test(arguments: [
        ("Content-Length: 5\r\n\r\n{}", [Framed.fault(.truncated)]),
        ("Content-Length: 5\r\n\r\n", [.fault(.truncated)]),
        ("Content-Length: 5\r\n", [.fault(.truncated)]),
        ("Content-Length: 2\r\n\r\n{}Content-", [two, .fault(.truncated)]),
        ("Content-Length: 2\r\n\r\n{}\r\n \r\n", [two]),
        ("hello: world", [.fault(.truncated)]),
        // The fault of a message that is skipped was delivered already.
        ("Content-Length: 65\r\n\r\n{}", [tooLarge]),
        ("X-Nothing: 1\r\n\r\n{}", [.malformed]),
        ("Content-Length: x\r\n", [.malformed]),
    ])
    func theEndInsideAMessageIsAFault(stream: String, expected: [Framed]) {
        #expect(frames(stream, maximumBytes: 64).map(\.withoutPhrase) == expected)
    }

    /// The framer gives the same result wherever the input is split. It also finds a message after the input.
    @Test(arguments: 0..<8 as Range<UInt64>)
    func splitsDoNotMatter(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for round in 0..<500 {
            let parts = [
                "Content-Length: 2\r\n", "Content-Length: 2\r\n\r\n{}", "content-length:7", "Content-Length: -1\r\n",
                "\r\n", "\n",
                "\r\n\r\n", "{}", "Content-Type: a; charset=x\r\n", "X: y\r\n", ":", " ", "\u{FEFF}",
                "Content-Length: 90\r\n\r\n",
                "Content-", "Length: 3\r\n", String(repeating: "a", count: 5000),
            ]
            let count = Int.random(in: 0...12, using: &random)
            let text = (0..<count).map { _ in parts.randomElement(using: &random) ?? "" }.joined()
            let stream = Array(text.utf8)
            let framing: Framing? = Bool.random(using: &random) ? nil : .contentLength
            let splits = random.splits(of: stream.count)
            let whole = frames(stream, framing: framing, maximumBytes: 64)
            let parted = frames(stream, splitAt: splits, framing: framing, maximumBytes: 64)
            #expect(
                parted.frames == whole.frames,
                "seed \(seed), round \(round): \(text.debugDescription) split at \(splits)"
            )
            #expect(
                parted.framing == whole.framing,
                "seed \(seed), round \(round): \(text.debugDescription) split at \(splits)"
            )
        }
    }
}
