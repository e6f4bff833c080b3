/// The id of a task as a key. Two are the same where their bytes are: `String` compares by canonical equivalence, and would hold the
/// ids of two tasks for one.
struct ExactID: Hashable, Comparable, ExpressibleByStringLiteral {
    let text: String

    init(_ text: String) { self.text = text }

    init(stringLiteral text: String) { self.init(text) }

    static func == (left: ExactID, right: ExactID) -> Bool { left.text.utf8.elementsEqual(right.text.utf8) }

    static func < (left: ExactID, right: ExactID) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }

    func hash(into hasher: inout Hasher) { hasher.combine(StableHash.hash(text)) }
}
