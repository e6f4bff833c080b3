import Testing

@testable import CoverLSP

@Suite
struct RopeTests {
    /// One piece ends with a CR, and the next piece contains an LF. If the text between the two is deleted, the CR and
    /// the LF become one line break.
    @Test func aCRAndItsLFAreOneBreakAcrossPieces() {
        let text = String(repeating: "x", count: 300) + "\ry\n" + String(repeating: "z", count: 299)
        let rope = Rope.make(Array(text.utf8)[...])
        guard case .branch(let left, _) = rope.content else { return #expect(Bool(false), "there are two pieces") }
        #expect(left.size.bytes == 301 && rope.size.breaks == 2)
        let edited = rope.replacing(301..<302, with: [])
        #expect(edited.size.breaks == 1)
        #expect(edited.offset(afterBreak: 1) == 302)
        #expect(edited.bytes(in: 300..<303) == Array("\r\nz".utf8))
    }

    @Test func theTreeStaysBalanced() {
        var rope = Rope.empty
        for number in 0..<20_000 {
            rope = rope.replacing(rope.size.bytes..<rope.size.bytes, with: Array("line \(number)\n".utf8))
        }
        #expect(rope.height < 16)
        while rope.size.bytes > 10_000 { rope = rope.replacing(5000..<min(rope.size.bytes, 9000), with: []) }
        #expect(rope.height < 10)
    }
}
