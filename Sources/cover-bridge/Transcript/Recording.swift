import Jansson

/// A session that was recorded.
struct Recording {
    enum Step {
        /// What the peer sent, at so many seconds.
        case send(String, at: Double)
        case end(at: Double)
    }

    private(set) var steps: [Step] = []
    /// What the peer got.
    private(set) var expected: [JSONValue] = []
    private(set) var maximumMessageBytes: Int?
    private(set) var interval: Double?

    /// - Throws: a ``Failure`` that names the line that is none of a recording.
    init(_ text: String, path: String) throws(Failure) {
        var time = 0.0
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            if line.allSatisfy(\.isWhitespace) { continue }
            guard let object = try? JSONValue(parsing: String(line)), object.kind == .object,
                // What no session has would be no test, and too much for a clock.
                Self.within(0...604_800, object["at"]), Self.within(Self.messageBytes, object["maxMessageBytes"]),
                Self.within(0.05...86_400, object["interval"])
            else {
                throw Failure(
                    code: .usage,
                    message:
                        "\(path):\(index + 1): this is no line of a recording. Record one with serve --record FILE."
                )
            }
            time = object["at"]?.number ?? time
            if let text = object["send"]?.string { steps.append(.send(text, at: time)) }
            if let value = object["expect"] { expected.append(value) }
            if object["end"] != nil { steps.append(.end(at: time)) }
            maximumMessageBytes = object["maxMessageBytes"]?.integer.map(Int.init) ?? maximumMessageBytes
            interval = object["interval"]?.number ?? interval
        }
        if steps.isEmpty { throw Failure(code: .usage, message: "\(path): nothing was sent in this session.") }
    }

    private static let messageBytes =
        Double(SessionOptions.messageBytes.lowerBound)...Double(SessionOptions.messageBytes.upperBound)

    /// Whether a value is a number in this range, or not there.
    private static func within(_ range: ClosedRange<Double>, _ value: JSONValue?) -> Bool {
        guard let value, value.kind != .null else { return true }
        return value.number.map(range.contains) ?? false
    }
}
