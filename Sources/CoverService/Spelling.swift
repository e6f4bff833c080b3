/// The name that was meant, for a name that is not there.
package enum Spelling {
    /// - Returns: of several names the one that is most like `word`; nil where there is none.
    package static func nearest(to word: String, among names: [String]) -> String? {
        let word = folded(word)
        return names.map { (name: $0, rank: rank(word, folded($0))) }.min { $0.rank < $1.rank }?.name
    }

    /// How many characters must be changed, added or taken away to get from one to the other (Levenshtein).
    package static func distance(_ word: String, _ other: String) -> Int {
        let target = Array(other)
        var row = Array(0...target.count)
        for (index, character) in word.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for column in target.indices {
                let cost = character == target[column] ? diagonal : diagonal + 1
                diagonal = row[column + 1]
                row[column + 1] = Swift.min(cost, row[column] + 1, diagonal + 1)
            }
        }
        return row[target.count]
    }

    /// `task_id`, `task-id` and `TaskID` are one way to write `taskId`.
    private static func folded(_ name: String) -> String {
        // As long as any name that is meant: what a peer sends may have any length.
        name.prefix(64).lowercased().filter { $0 != "_" && $0 != "-" }
    }

    /// A part of a name is nearer than any other word.
    private static func rank(_ word: String, _ name: String) -> Int {
        if word == name { return 0 }
        return !word.isEmpty && (name.hasPrefix(word) || name.hasSuffix(word)) ? 1 : 1 + distance(word, name)
    }
}
