package import Jansson

/// A golden session, `Tests/Transcripts/*.jsonl`: one JSON object a line.
///
/// - `{"send": "text"}`: a line that the client sends, as it is.
/// - `{"expect": value}`: the next line that comes is this. Inside `error` the members that stand here must be there, others may;
///   anywhere else there is neither more nor less.
/// - `{"end": true}`: the client ends its input; then nothing more comes.
/// - `{"note": "text"}`: for readers.
package struct Transcript: Sendable {
    package enum Step: Sendable {
        case send(String)
        case expect(JSONValue)
        case end
    }

    package let steps: [Step]

    package init(_ text: String) throws(JSONSyntaxError) {
        var steps: [Step] = []
        for line in text.split(separator: "\n") {
            let object = try JSONValue(parsing: String(line))
            if let text = object["send"]?.string { steps.append(.send(text)) }
            if let value = object["expect"] { steps.append(.expect(value)) }
            if object["end"] != nil { steps.append(.end) }
        }
        self.steps = steps
    }

    /// Whether what came is what was expected.
    package static func matches(_ actual: JSONValue, _ expected: JSONValue, isOpen: Bool = false) -> Bool {
        switch expected.kind {
        case .object:
            guard actual.kind == .object, isOpen || actual.count == expected.count else { return false }
            return (expected.members ?? []).allSatisfy { name, value in
                actual[name].map { matches($0, value, isOpen: isOpen || name == "error") } ?? false
            }
        case .array:
            guard let actual = actual.elements, let expected = expected.elements, actual.count == expected.count else {
                return false
            }
            return zip(actual, expected).allSatisfy { matches($0, $1, isOpen: isOpen) }
        default: return actual.kind == expected.kind && actual.jsonBytes == expected.jsonBytes
        }
    }
}
