import Jansson

/// A session that was recorded, or a golden one.
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
            guard let object = try? JSONValue(parsing: String(line)), object.kind == .object else {
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
    }
}
