import CoverModel
package import Jansson

/// A recorded or hand-written session (`Tests/Transcripts`): one JSON object per line.
///
/// - `{"send": "text"}`: the peer sends this line unchanged.
/// - `{"expect": value}`: the next line from the bridge equals this value. Inside `error`, further members are allowed;
///   elsewhere they are not.
/// - `{"expectSome": value}`: the next line from the bridge equals this value, with further members allowed everywhere.
/// - `{"end": true}`: the peer ends its input, and no more lines follow.
/// - `{"note": "text"}`: a remark for readers.
///
/// A recording also has the seconds since the start as `at`, and its first line holds the settings of the session.
package struct Transcript: Sendable {
    package enum Step: Sendable {
        /// The peer sent this text at this time, in seconds.
        case send(String, at: Double)
        case expect(JSONValue)
        case expectSome(JSONValue)
        case end(at: Double)
    }

    package private(set) var steps: [Step] = []
    package private(set) var maximumMessageBytes: Int?
    package private(set) var interval: Double?

    /// - Throws: ``TranscriptError``, which names the first invalid line.
    package init(_ text: String) throws(TranscriptError) {
        var time = 0.0
        // A recording that went through an editor or a mail may have a byte order mark and line ends of Windows.
        let text = text.drop { $0 == "\u{FEFF}" }
        let lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
        for (index, line) in lines.enumerated() {
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

    /// The values that the peer received.
    package var expected: [JSONValue] {
        steps.compactMap { if case .expect(let value) = $0 { value } else { nil } }
    }

    /// Whether the values of a line are in the range of real sessions. Larger values would overflow the clock and test
    /// nothing useful.
    private static func isPossible(_ line: JSONValue) -> Bool {
        within(Limits.timeouts, line["at"]) && within(1...Double(1 << 30), line["maxMessageBytes"])
            && within(Limits.sandboxIntervals, line["interval"])
    }

    /// Whether a value is absent, or a number in this range.
    private static func within(_ range: ClosedRange<Double>, _ value: JSONValue?) -> Bool {
        guard let value, value.kind != .null else { return true }
        return value.number.map(range.contains) ?? false
    }

    /// Whether an actual value matches an expected one.
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
