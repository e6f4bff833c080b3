import CoverModel
import Testing

@testable import CoverAPI

/// An answer may have a content coding that the client did not ask for. The client decodes it by the rules of browsers.
struct UnpackerTests {
    private static let text = #"{"code":200,"data":{"successFlag":2}}"#
    private static let gzip = bytes(
        "1f8b0800000000000203ab564ace4f4955b2323230d0514a492c4954b2aa562a2e4d4e4e2d2e76cb494c07cad4d60200032f73a225000000"
    )
    private static let members = bytes(
        "1f8b0800000000000203ab564ace4f4955b2323230d001003662faf60c000000"
            + "1f8b0800000000000203534a492c4954b2aa562a2e4d4e4e2d2e76cb494c57b232aaad050096337c1619000000"
    )
    private static let zlib = bytes(
        "789cab564ace4f4955b2323230d0514a492c4954b2aa562a2e4d4e4e2d2e76cb494c07cad4d60200da3c0c03"
    )
    private static let raw = bytes(
        "ab564ace4f4955b2323230d0514a492c4954b2aa562a2e4d4e4e2d2e76cb494c07cad4d60200"
    )
    /// A text that was compressed twice with `gzip`.
    private static let twice = bytes(
        "1f8b080000000000020393efe660000126e6d5615ee7fc3d43371919195c08f4f2d4f10cd9b42a4c4bcfd7cf4f57afecb4a70ffba92bd7981898f58b"
            + "17a902d503006707c7a738000000"
    )

    private static func bytes(_ hexadecimal: String) -> [UInt8] {
        let digits = hexadecimal.compactMap(\.hexDigitValue)
        return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }

    private static func head(_ codings: [String]) -> ExchangeHead {
        ExchangeHead(status: 200, headers: codings.map { (name: "Content-Encoding", value: $0) })
    }

    private static func content(_ packed: [UInt8], _ codings: [String], by length: Int) throws -> String {
        let unpacker = try #require(try Unpacker.undoing(head(codings)))
        var content: [UInt8] = []
        for start in stride(from: 0, to: packed.count, by: length) {
            unpacker.take(Array(packed[start..<min(start + length, packed.count)]))
            while let piece = try unpacker.next() { content += piece }
        }
        return String(decoding: content, as: UTF8.self)
    }

    @Test(arguments: [1, 7, 1000]) func eachCodingIsRead(_ length: Int) throws {
        let cases: [(packed: [UInt8], codings: [String])] = [
            (Self.gzip, ["gzip"]), (Self.gzip, ["GZip"]), (Self.gzip, ["x-gzip"]), (Self.gzip, ["identity, gzip"]),
            (Self.members, ["gzip"]), (Self.zlib, ["deflate"]), (Self.raw, ["deflate"]),
            (Self.twice, ["gzip, gzip"]), (Self.twice, ["gzip", "x-gzip"]),
            // The header names a wrong coding.
            (Self.gzip, ["deflate"]), (Self.zlib, ["gzip"]),
            // Zeros or other bytes follow the end of the data.
            (Self.gzip + [0, 0, 0], ["gzip"]), (Self.gzip + [0x0D, 0x0A, 0x1F, 0x8B], ["gzip"]),
            (Self.members + [0x1F], ["gzip"]), (Self.raw + [1, 2, 3], ["deflate"]),
            // The end of the data is missing.
            (Array(Self.gzip.dropLast(8)), ["gzip"]), (Array(Self.zlib.dropLast(4)), ["deflate"]),
        ]
        for (packed, codings) in cases {
            #expect(try Self.content(packed, codings, by: length) == Self.text, "\(codings), \(packed.count) bytes")
        }
        #expect(try Self.content(Self.twice, ["gzip"], by: length).utf8.count > 0)
    }

    /// The content has 300,000 zeros, so zlib still holds some of them when the unpacker has read the whole input.
    @Test func aContentOfManyPiecesIsRead() throws {
        let zeros =
            Self.bytes("789cedc1010d000000c2a0f74f6d0f0714") + [UInt8](repeating: 0, count: 290)
            + Self.bytes("fc18941c0001")
        for length in [1, 1000] {
            let content = try Self.content(zeros, ["deflate"], by: length)
            #expect(content == String(repeating: "\0", count: 300_000))
        }
    }

    @Test(arguments: [[], ["identity"], [""], ["utf-8"], ["br"], ["gzip, br"]])
    func anUnknownCodingIsLeftUnchanged(_ codings: [String]) throws {
        #expect(try Unpacker.undoing(Self.head(codings)) == nil)
    }

    @Test(arguments: [
        (bytes("1f8b08ff"), "gzip"), (Array("<html>".utf8), "gzip"),
        (bytes("789c0000ffff"), "deflate"),
    ])
    func damagedDataIsMalformed(_ packed: [UInt8], _ coding: String) throws {
        #expect(throws: CoverError.self) {
            _ = try Self.content(packed + [UInt8](repeating: 0xFF, count: 64), [coding], by: 1000)
        }
    }

    @Test func tooManyCodingsAreMalformed() throws {
        #expect(throws: CoverError.self) { try Unpacker.undoing(Self.head(["gzip, gzip, gzip", "gzip, gzip, gzip"])) }
    }
}
