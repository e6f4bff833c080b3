import CoverModel
package import Jansson

/// A session that was written down, recorded or by hand (`Tests/Transcripts`): one JSON object a line.
///
/// - `{"send": "text"}`: a line that the peer sends, as it is.
/// - `{"expect": value}`: the next line that comes is this. Inside `error` the members that stand here must be there, others may;
///   anywhere else there is neither more nor less.
/// - `{"expectSome": value}`: the same, with other members allowed everywhere.
/// - `{"end": true}`: the peer ends its input; then nothing more comes.
/// - `{"note": "text"}`: for readers.
///
/// A recording has the seconds since the start besides, as `at`, and in its first line the session's settings.
package struct Transcript: Sendable {
    package enum Step: Sendable {
        /// What the peer sent, at so many seconds.
        case send(String, at: Double)
        case expect(JSONValue)
        case expectSome(JSONValue)
        case end(at: Double)
    }

    package private(set) var steps: [Step] = []
    package private(set) var maximumMessageBytes: Int?
    package private(set) var interval: Double?

    /// - Throws: a ``TranscriptError`` that names the line that is none of a transcript.
    package init(_ text: String) throws(TranscriptError) {
        var time = 0.0
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            if line.allSatisfy(\.isWhitespace) { continue }
            guard let object = try? JSONValue(parsing: String(line)), object.kind == .object, Self.isPossible(object)
            else { throw TranscriptError.noTranscript(line: index + 1) }
            time = object["at"]?.number ?? time
            if let text = object["send"]?.string { steps.append(.send(text, at: time)) }
            if let value = object["expect"] { steps.append(.expect(value)) }
            if let value = object["expectSome"] { steps.append(.expectSome(value)) }
            if object["end"] != nil { steps.append(.end(at: time)) }
            maximumMessageBytes = object["maxMessageBytes"]?.integer.map(Int.init) ?? maximumMessageBytes
            interval = object["interval"]?.number ?? interval
        }
        let isSilent = steps.allSatisfy { step in
            switch step {
            case .send, .end: false
            case .expect, .expectSome: true
            }
        }
        if isSilent { throw .nothingSent }
    }

    /// What the peer got.
    package var expected: [JSONValue] {
        steps.compactMap { if case .expect(let value) = $0 { value } else { nil } }
    }

    /// What no session has would be no test, and too much for a clock.
    private static func isPossible(_ line: JSONValue) -> Bool {
        within(Limits.timeouts, line["at"]) && within(1...Double(1 << 30), line["maxMessageBytes"])
            && within(Limits.sandboxIntervals, line["interval"])
    }

    /// Whether a value is a number in this range, or not there.
    private static func within(_ range: ClosedRange<Double>, _ value: JSONValue?) -> Bool {
        guard let value, value.kind != .null else { return true }
        return value.number.map(range.contains) ?? false
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
