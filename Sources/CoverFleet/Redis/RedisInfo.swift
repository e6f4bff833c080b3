/// The facts that `INFO` lists.
struct RedisInfo: Sendable, Hashable {
    private static let oldest = [6, 2]

    private let facts: [Substring: Substring]

    init(_ text: String) {
        let pairs = text.split(whereSeparator: \.isNewline).compactMap { line -> (Substring, Substring)? in
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            return parts.count == 2 ? (parts[0], parts[1]) : nil
        }
        facts = Dictionary(pairs) { first, _ in first }
    }

    /// Refuses a server that is too old. A server without a version is accepted.
    func checkVersion() throws(RedisFault) {
        guard let version = self["redis_version"] else { return }
        let numbers = version.split(separator: ".").compactMap { Int($0) }
        if numbers.lexicographicallyPrecedes(Self.oldest) { throw .tooOld(version) }
    }

    subscript(name: Substring) -> String? { facts[name].map(String.init) }
}
