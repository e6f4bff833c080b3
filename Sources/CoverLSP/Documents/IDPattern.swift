import CoverModel
import Synchronization

/// The user's own pattern for ids, from `initializationOptions.idPattern`: a regular expression that is applied to each line.
final class IDPattern: Sendable {
    private let regex: Mutex<Regex<AnyRegexOutput>>

    /// - Throws: an error of the regular expression.
    init(_ pattern: String) throws {
        regex = Mutex(try Regex(pattern).matchingSemantics(.unicodeScalar))
    }

    /// The ids that the pattern finds in a line. If the pattern has a group, the id is the match of the first group.
    /// Empty matches and invalid ids are left out.
    func marks(in line: some Sequence<UInt8>) -> [TaskMark] {
        let text = String(decoding: Array(line), as: UTF8.self)
        return regex.withLock { regex in
            text.matches(of: regex).compactMap { match -> TaskMark? in
                guard let range = match.output.count > 1 ? match.output[1].range : match.range else { return nil }
                let taskId = TaskID(String(text[range]))
                guard taskId.isValid else { return nil }
                let offset = text.utf8.distance(from: text.startIndex, to: range.lowerBound)
                return TaskMark(offset: offset, length: taskId.text.utf8.count, taskId: taskId)
            }
        }
    }
}
