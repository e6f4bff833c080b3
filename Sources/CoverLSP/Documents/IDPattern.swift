import CoverModel
import PCRE2
import Synchronization

/// The user's own pattern for ids, from `initializationOptions.idPattern`: a regular expression that is applied to each line.
final class IDPattern: Sendable {
    private let expression: RegularExpression
    private let hasSkipped = Atomic(false)

    /// - Throws: the fault of a text that is not a regular expression.
    init(_ pattern: String) throws(PatternFault) { expression = try RegularExpression(pattern) }

    /// Whether a line was skipped, because the search for the pattern would take too long there.
    var hasSkippedLines: Bool { hasSkipped.load(ordering: .relaxed) }

    /// The ids that the pattern finds in a line. If the pattern has a group, the id is the match of the first group.
    /// Empty matches and invalid ids are left out. If the search takes too many steps, the line has no ids.
    func marks(in line: ArraySlice<UInt8>, _ budget: inout StepBudget) -> [TaskMark] {
        let bytes = Array(line)
        let allowed = budget.nextLine
        var left = allowed
        defer { budget.spend(allowed - left) }
        do throws(SearchLimit) {
            return try expression.matches(in: bytes, steps: &left).compactMap { range in
                let taskId = TaskID(String(decoding: bytes[range], as: UTF8.self))
                return taskId.isValid ? TaskMark(offset: range.lowerBound, length: range.count, taskId: taskId) : nil
            }
        } catch {
            hasSkipped.store(true, ordering: .relaxed)
            return []
        }
    }
}

/// How many steps the user's pattern may take in one search of a document. No pattern can use up the steps of the lines
/// that follow: each line may take a tenth of what is left, and never less than ``least``.
struct StepBudget {
    /// The steps for a line when nothing is left. A line of the usual length needs fewer.
    private static let least = 10_000
    private var left = 10_000_000

    /// The limit for the next line.
    var nextLine: Int { max(Self.least, left / 10) }

    mutating func spend(_ steps: Int) { left = max(0, left - steps) }
}
