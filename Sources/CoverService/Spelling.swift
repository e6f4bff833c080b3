/// Suggests the intended name for a misspelled one.
package enum Spelling {
    /// - Returns: the name that is most similar to `word`; nil if there are no names.
    package static func nearest(to word: String, among names: [String]) -> String? {
        let word = folded(word)
        return names.map { (name: $0, rank: rank(word, folded($0))) }.min { $0.rank < $1.rank }?.name
    }

    /// How many characters must be changed, added or removed to turn one word into the other (Levenshtein).
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

    /// Removes differences of style: `task_id`, `task-id` and `TaskID` are spellings of `taskId`.
    private static func folded(_ name: String) -> String {
        // A peer may send a name of any length. The first 64 characters are enough for every real name.
        name.prefix(64).lowercased().filter { $0 != "_" && $0 != "-" }
    }

    /// The rank of a name: a name that begins or ends with the word comes before all others.
    private static func rank(_ word: String, _ name: String) -> Int {
        if word == name { return 0 }
        return !word.isEmpty && (name.hasPrefix(word) || name.hasSuffix(word)) ? 1 : 1 + distance(word, name)
    }
}
