import TestSupport
import Testing

@testable import JSONRPC

struct LineFramingTests {
    static let mark = "\u{FEFF}"

    @Test(arguments: [
        ("", []), ("\n\r\n \t\n", []), ("{}\n", ["{}"]), ("{}", ["{}"]), ("{}\r\n[]\r\n", ["{}", "[]"]),
        ("{}\r", ["{}"]), ("\n\n{}\n\n\n[1]", ["{}", "[1]"]), (mark + "{}\n", ["{}"]), (mark, []),
        (mark + "\n{}", ["{}"]),
        ("{}\n" + mark + "{}\n", ["{}", mark + "{}"]), (" {} \n", ["{} "]), ("not json\n{}\n", ["not json", "{}"]),
        ("nul", ["nul"]), ("1\n", ["1"]), ("\"x\"\n", ["\"x\""]), ("\u{1}\n", ["\u{1}"]), ("{}\n\n \n  ", ["{}"]),
        (mark + " \n" + mark + "{}", [mark + "{}"]), ("\n" + mark + "{}", [mark + "{}"]),
    ])
    func splitsLines(stream: String, expected: [String]) {
        let bytes = Array(stream.utf8)
        let whole = frames(bytes)
        #expect(whole.frames == expected.map(Framed.message))
        for split in 0...bytes.count {
            let parts = frames(bytes, splitAt: [split])
            #expect(parts.frames == whole.frames, "split at \(split)")
            #expect(parts.framing == whole.framing, "split at \(split)")
        }
    }

    @Test func decidesByTheFirstByte() {
        #expect(frames(Array("  \r\n[".utf8)).framing == .newlineDelimited)
        #expect(frames(Array("\n\ncontent-length: 2\r\n\r\n{}".utf8)).framing == .contentLength)
        #expect(frames(Array(" \n".utf8)).framing == nil)
    }

    @Test func theLimitExcludesTheLineEndAndTheByteOrderMark() {
        let (fits, exceeds) = (String(repeating: "1", count: 10), String(repeating: "1", count: 11))
        for (text, expected) in [
            (fits + "\r\n", Framed.message(fits)), (Self.mark + fits + "\r\n", .message(fits)), (fits, .message(fits)),
            (exceeds + "\n", .fault(.messageTooLarge(limit: 10))), (exceeds, .fault(.messageTooLarge(limit: 10))),
            (String(repeating: " ", count: 11) + "\n", .fault(.messageTooLarge(limit: 10))),
        ] {
            let stream = Array((text + (text.hasSuffix("\n") ? "2" : "")).utf8)
            let all = text.hasSuffix("\n") ? [expected, .message("2")] : [expected]
            for split in 0...stream.count {
                let parts = frames(stream, splitAt: [split], framing: .newlineDelimited, maximumBytes: 10).frames
                #expect(parts == all, "\(text.debugDescription) split at \(split)")
            }
        }
    }

    /// A simple model of the framer. It splits the text at each line feed in turn.
    private static func model(_ stream: [UInt8], limit: Int) -> [Framed] {
        var rest = stream.starts(with: mark.utf8) ? stream[3...] : stream[...]
        if rest.last == UInt8(ascii: "\n") { rest.removeLast() }
        return rest.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).compactMap { line in
            let line = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
            if line.count > limit { return .fault(.messageTooLarge(limit: limit)) }
            return line.allSatisfy { " \t\r\n".utf8.contains($0) }
                ? nil : .message(String(decoding: line, as: UTF8.self))
        }
    }

    @Test(arguments: 0..<8 as Range<UInt64>)
    func agreesWithTheModel(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for round in 0..<500 {
            let parts = [
                "{", "}", "[1]", "\n", "\n", "\r\n", "\r", " ", "\t", Self.mark, "ü", "abc", "Content-Length: 2",
            ]
            let count = Int.random(in: 0...30, using: &random)
            let text = (0..<count).map { _ in parts.randomElement(using: &random) ?? "" }.joined()
            let (stream, limit) = (Array(text.utf8), Int.random(in: 1...12, using: &random))
            let splits = random.splits(of: stream.count)
            let actual = frames(stream, splitAt: splits, framing: .newlineDelimited, maximumBytes: limit).frames
            #expect(
                actual == Self.model(stream, limit: limit),
                "seed \(seed), round \(round): \(text.debugDescription) split at \(splits)"
            )
        }
    }

    /// The limits are so large that adding to them would overflow. The input comes byte by byte, and then as a whole.
    @Test(arguments: [Framing.newlineDelimited, .contentLength], [Int.max, Int.max - 1, Int.max >> 4])
    func theLargestLimits(framing: Framing, limit: Int) {
        let text = framing == .newlineDelimited ? "{}\n" : "Content-Length: 2\r\n\r\n{}"
        var framer = Framer(framing: framing, maximumBytes: limit)
        var found: [String] = []
        func take(_ frame: Frame, _: Framing) {
            if case .message(let bytes) = frame { unsafe found.append(String(decoding: bytes, as: UTF8.self)) }
        }
        let pieces = text.utf8.map { [$0] } + [Array(text.utf8)]
        for piece in pieces { unsafe piece.withUnsafeBytes { unsafe framer.feed($0, take) } }
        let huge = Array("Content-Length: 9223372036854775807\r\n\r\n{".utf8)
        if framing == .contentLength { unsafe huge.withUnsafeBytes { unsafe framer.feed($0, take) } }
        #expect(found == ["{}", "{}"])
    }
}
