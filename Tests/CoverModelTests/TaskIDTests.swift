import CoverModel
import Testing

/// The bridge compares task ids by their bytes. Two texts that Swift's `String` treats as equal may be the ids of two
/// tasks.
@Suite(.timeLimit(.minutes(5)))
struct TaskIDTests {
    /// Pairs of ids that Swift's `String` treats as equal, and whose bytes differ.
    static let twins: [(TaskID, TaskID)] = [
        ("café", "cafe\u{301}"), ("task-K1", "task-\u{212A}1"), ("\u{AC00}", "\u{1100}\u{1161}"),
        ("Å", "\u{212B}"), ("a\u{323}\u{302}", "a\u{302}\u{323}"),
    ]

    @Test(arguments: twins) func idsThatDifferInBytesDiffer(_ one: TaskID, _ other: TaskID) {
        #expect(one.text == other.text, "a pair that no String distinguishes")
        #expect(one != other)
        #expect((one < other) != (other < one))
        #expect(Set([one, other, TaskID(one.text)]).count == 2)
        #expect(one.percentEncoded != other.percentEncoded)
    }

    @Test(arguments: 0...40) func equalBytesHashAlike(_ length: Int) {
        let text = String(repeating: "a", count: length)
        #expect(TaskID(text) == TaskID(String(text.reversed())))
        #expect(TaskID(text).hashValue == TaskID(String(text.reversed())).hashValue)
        #expect(TaskID(text).hashValue != TaskID(text + "a").hashValue)
        #expect(TaskID(text + "ab").hashValue != TaskID(text + "ba").hashValue)
        #expect(TaskID(text) != TaskID(text + "a"))
        #expect(TaskID(text + "ab") != TaskID(text + "ba"))
    }
}
