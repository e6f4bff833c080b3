import CoverModel

/// Finds task ids in a text. These texts contain an id: 32 hexadecimal digits that are not part of a longer number,
/// `cover://tasks/ID`, and a match of the user's own pattern. If the API is the sandbox, ids that begin with a scenario
/// are found too.
///
/// The search causes no query.
struct TaskIDFinder: Sendable {
    /// A limit in bytes. A longer run of id characters counts as no id, and the user's pattern is not applied to a
    /// longer line. The URI of the longest id is shorter than this limit, even if the whole id is percent-encoded.
    static let reach = 4096

    /// The user's own pattern. Its matches have priority.
    var pattern: IDPattern?
    /// The first words of the sandbox's ids; none if the API is not the sandbox.
    var scenarios: [String] = []

    /// The number of bytes of the shortest mark. In the sandbox this is an id such as `fail-1s`. Otherwise it is a URI
    /// with an id of one character.
    private var shortest: Int { (scenarios.map { $0.utf8.count + 3 } + [Self.root.count + 1]).min() ?? 1 }

    /// The marks of a text, in order. No two overlap.
    func marks(in window: SearchWindow) -> [TaskMark] {
        let own = pattern.map { marks(of: $0, in: window) } ?? []
        var found: [TaskMark] = []
        window.forEachRun(ofAtLeast: shortest) { run in search(window.bytes[run], &found) }
        guard !own.isEmpty else { return found }
        return merge(own, found)
    }

    private func marks(of pattern: IDPattern, in window: SearchWindow) -> [TaskMark] {
        var budget = StepBudget()
        return window.wholeLines.filter { $0.count <= Self.reach && !$0.isEmpty }.flatMap { line in
            pattern.marks(in: window.bytes[line], &budget).map { $0.moved(by: line.lowerBound) }
        }
    }

    /// Merges the marks of the user's pattern with the other marks, in order. A mark that overlaps a mark of the user's
    /// pattern is left out.
    private func merge(_ own: [TaskMark], _ found: [TaskMark]) -> [TaskMark] {
        var merged: [TaskMark] = []
        var rest = own[...]
        for mark in found {
            while (rest.first?.end ?? .max) <= mark.offset { merged.append(rest.removeFirst()) }
            if let next = rest.first, next.offset < mark.end { continue }
            merged.append(mark)
        }
        return merged + rest
    }

    /// Searches one run, and appends the marks.
    private func search(_ run: ArraySlice<UInt8>, _ found: inout [TaskMark]) {
        var index = run.startIndex
        while index < run.endIndex {
            let isStart = index == run.startIndex || !run[index - 1].isLetterOrDigit
            if isStart, let mark = uri(run[index...]) ?? scenario(run, index) {
                found.append(mark)
                index = mark.end
            } else if run[index].isHexDigit {
                let digits = run[index...].prefix { $0.isHexDigit }
                if digits.count == 32 { found.append(Self.mark(digits)) }
                index = digits.endIndex
            } else {
                index += 1
            }
        }
    }

    // MARK: The forms of an id

    private static let root = Array("cover://tasks/".utf8)

    /// The mark for `cover://tasks/ID` at the start of these bytes; nil if there is none. Text after the id, such as
    /// `/images/1`, is not part of the mark.
    private func uri(_ bytes: ArraySlice<UInt8>) -> TaskMark? {
        guard bytes.first == Self.root[0], bytes.starts(with: Self.root) else { return nil }
        let encoded = bytes.dropFirst(Self.root.count).prefix { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: ":") }
            .withoutFullStops
        guard let text = String(percentDecoding: String(decoding: encoded, as: UTF8.self)), TaskID(text).isValid else {
            return nil
        }
        return TaskMark(
            offset: bytes.startIndex,
            length: encoded.endIndex - bytes.startIndex,
            taskId: TaskID(text)
        )
    }

    /// `SCENARIO-Ns` or `SCENARIO-Ns-anything`. The seconds are required, because words such as "success" are in many
    /// texts.
    private func scenario(_ run: ArraySlice<UInt8>, _ start: Int) -> TaskMark? {
        guard !scenarios.isEmpty, start == run.startIndex || run[start - 1] == UInt8(ascii: ":") else { return nil }
        let word = run[start...].prefix { $0.isInRun && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: ":") }
            .withoutFullStops
        let parts = word.split(separator: UInt8(ascii: "-"), maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count > 1, Self.isSeconds(parts[1]),
            scenarios.contains(where: { $0.utf8.elementsEqual(parts[0]) })
        else { return nil }
        return Self.mark(word)
    }

    /// Whether these bytes are a number and the letter s, such as `3s` or `0.5s`.
    private static func isSeconds(_ part: ArraySlice<UInt8>) -> Bool {
        let number = part.dropLast().split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return part.last == UInt8(ascii: "s") && number.count <= 2
            && number.allSatisfy { !$0.isEmpty && $0.allSatisfy(\.isDigit) }
    }

    private static func mark(_ bytes: ArraySlice<UInt8>) -> TaskMark {
        let taskId = TaskID(String(decoding: bytes, as: UTF8.self))
        return TaskMark(offset: bytes.startIndex, length: bytes.count, taskId: taskId)
    }
}

extension ArraySlice<UInt8> {
    /// The bytes without full stops at their end, which may be the end of a sentence.
    fileprivate var withoutFullStops: ArraySlice<UInt8> {
        var slice = self
        while slice.last == UInt8(ascii: ".") { slice.removeLast() }
        return slice
    }
}
