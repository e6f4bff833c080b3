/// Suggests the intended name for a misspelled one.
package enum Spelling {
    /// The names that models and people use for some parameters, without differences of style.
    private static let synonyms: [String: String] = [
        "path": "directory", "folder": "directory", "destination": "directory", "dest": "directory",
        "output": "directory", "outputdir": "directory", "target": "directory", "webhook": "callbackUrl",
        "webhookurl": "callbackUrl", "url": "callbackUrl", "seconds": "timeout", "duration": "timeout",
        "maxwait": "timeout", "since": "after", "cursor": "after", "sequence": "after", "force": "overwrite",
        "replace": "overwrite", "count": "limit", "max": "limit", "job": "taskId", "jobid": "taskId",
    ]

    /// - Returns: the name that `word` is another word or spelling for; nil if no name is similar to it.
    package static func nearest(to word: String, among names: [String]) -> String? {
        let word = folded(word)
        if let synonym = synonyms[word], names.contains(synonym) { return synonym }
        let nearest = names.map { (name: $0, rank: rank(word, folded($0))) }.min { $0.rank < $1.rank }
        return nearest.flatMap { $0.rank <= max(1, word.count / 3) ? $0.name : nil }
    }

    /// How many characters must be changed, added or removed to turn one word into the other (Levenshtein).
    private static func distance(_ word: String, _ other: String) -> Int {
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

    /// How many characters differ. A name that begins or ends with the word, or the word with it, is nearer than others.
    private static func rank(_ word: String, _ name: String) -> Int {
        let isPart = !word.isEmpty && (name.hasPrefix(word) || name.hasSuffix(word))
        let hasPart = word.hasPrefix(name) || word.hasSuffix(name)
        return word == name ? 0 : isPart || hasPart ? 1 : distance(word, name)
    }
}
