import Foundation
import Jansson
import Testing

@Suite(.serialized)
struct MemoryTests {
    /// The memory of parsed text is freed. It does not matter whether the text is valid JSON, or whether the test reads
    /// the value.
    @Test func treesAreFreed() throws {
        let texts = [
            "[" + (0..<200).map { #"{"id":\#($0),"text":"some text of some length"}"# }.joined(separator: ",") + "]",
            "[" + (0..<200).map { #"{"id":\#($0),"text":"some text of some length"}"# }.joined(separator: ",")
                + ",1e400]",
            "[" + (0..<200).map { #"{"id":\#($0),"id":"some text of some length"}"# }.joined(separator: ",") + ",]",
        ].map { Array($0.utf8) }
        func work(_ rounds: Int) {
            for round in 0..<rounds {
                let value = try? JSONValue(parsing: texts[round % 3], rejectingDuplicates: round % 2 == 0)
                _ = value?.element(3)?["text"]?.string
            }
        }
        work(300)
        let before = try Self.residentBytes()
        // If the memory were not freed, this work would keep several hundred MB.
        // The bound is high, because other tests run at the same time.
        work(6000)
        #expect(try Self.residentBytes() - before < 150 << 20)
    }

    private static func residentBytes() throws -> Int {
        let pages = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
        return (Int(pages[1]) ?? 0) * 4096
    }
}
