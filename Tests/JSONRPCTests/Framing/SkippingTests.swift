import Foundation
import Testing

@testable import JSONRPC

/// The framer skips a message over the limit without storing it.
@Suite(.serialized)
struct SkippingTests {
    private static let chunk = [UInt8](repeating: UInt8(ascii: "x"), count: 65_536)

    @Test(arguments: [Framing.newlineDelimited, .contentLength])
    func skipsWithoutBuffering(framing: Framing) throws {
        var framer = Framer(framing: framing, maximumBytes: 1 << 20)
        var frames: [Framed] = []
        func feed(_ bytes: [UInt8]) {
            unsafe bytes.withUnsafeBytes {
                unsafe framer.feed($0) { frame, _ in
                    switch frame {
                    case .message(let bytes): unsafe frames.append(.message(String(decoding: bytes, as: UTF8.self)))
                    case .fault(let fault): frames.append(.fault(fault))
                    }
                }
            }
        }
        let before = try Self.residentBytes()
        let (head, tail) =
            framing == .contentLength
            ? ("Content-Length: \(256 << 20)\r\n\r\n", "Content-Length: 2\r\n\r\n{}") : ("{", "\n{}\n")
        feed(Array(head.utf8))
        for _ in 0..<4096 { feed(Self.chunk) }
        // The message has 256 MiB. The bound is half of this, because other tests that run at the same time also use
        // memory.
        #expect(try Self.residentBytes() - before < 128 << 20)
        feed(Array(tail.utf8))
        #expect(frames == [.fault(.messageTooLarge(limit: 1 << 20)), .message("{}")])
    }

    private static func residentBytes() throws -> Int {
        let pages = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
        return (Int(pages[1]) ?? 0) * 4096
    }
}
