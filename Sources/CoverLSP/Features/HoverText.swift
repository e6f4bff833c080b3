import CoverModel
import Jansson

/// The text of a hover about a cover, as Markdown or as plain text.
struct HoverText: JSONEncodable {
    private let isMarkdown: Bool
    private var paragraphs: [String] = []

    /// A hover on the id of a followed cover.
    init(_ taskId: TaskID, _ standing: Standing, now: Timestamp, isMarkdown: Bool) {
        self.isMarkdown = isMarkdown
        switch standing {
        case .running(let status, let since):
            headline(status?.state.rawValue ?? "asking", taskId)
            let age = Standing.age(since.duration(to: now)).map { " (\($0))" } ?? ""
            paragraphs.append("Since \(since.readable)\(age).")
            if let status { details(status) }
        case .finished(let status):
            headline(status.state.rawValue, taskId)
            outcome(status)
        case .ended(let end):
            headline("not followed any more", taskId)
            paragraphs.append("Reason: \(escaped(end.error == nil ? end.reason : end.explanation))")
        }
    }

    /// A hover on the id of a cover that is not followed.
    ///
    /// - Parameter asked: the result of the user's query, if there was one.
    init(unfollowed taskId: TaskID, asked: CoverStatus?, isMarkdown: Bool) {
        self.isMarkdown = isMarkdown
        if let asked {
            headline(asked.state.rawValue, taskId)
            paragraphs.append("As of \(asked.checkedAt.readable).")
            outcome(asked)
        } else {
            headline("not followed", taskId)
        }
        paragraphs.append("This id is not followed. Code actions here: follow the cover, or query it once.")
    }

    /// Adds a sentence that the server wrote.
    mutating func add(_ sentence: String) { paragraphs.append(escaped(sentence)) }

    func encode(to writer: inout JSONWriter) {
        writer.object {
            $0.member("kind", isMarkdown ? "markdown" : "plaintext")
            $0.member("value", paragraphs.joined(separator: "\n\n"))
        }
    }

    private mutating func headline(_ word: String, _ taskId: TaskID) {
        paragraphs.append(isMarkdown ? "Cover \(escaped(taskId.text)): **\(word)**" : "Cover \(taskId): \(word)")
    }

    private mutating func outcome(_ status: CoverStatus) {
        if let completedAt = status.completedAt { paragraphs.append("Done at \(completedAt.readable).") }
        if status.state == .failed {
            paragraphs.append("Reason: \(escaped(status.failure?.message ?? "the API gives none"))")
        }
        details(status)
        if let expiresAt = status.expiresAt, !status.images.isEmpty {
            paragraphs.append("The images are kept until \(expiresAt.readable), by the vendor's documentation.")
        }
    }

    private mutating func details(_ status: CoverStatus) {
        for warning in status.warnings { paragraphs.append("Warning: \(escaped(warning.message))") }
        guard isMarkdown else {
            paragraphs += status.images.enumerated().map { "Image \($0 + 1): \($1)" }
            return
        }
        for (index, image) in status.images.enumerated() {
            let (name, target) = ("Image \(index + 1)", Self.target(image))
            paragraphs.append("[\(name)](\(target))\n\n![\(name)](\(target))")
        }
    }

    /// Escapes foreign text in Markdown. Otherwise the text could contain a picture or a link.
    private func escaped(_ text: String) -> String {
        let line = text.split(whereSeparator: \.isNewline).joined(separator: " ")
        guard isMarkdown else { return line }
        return String(line.flatMap { "\\`*_[]<>!#&|~".contains($0) ? ["\\", $0] : [$0] })
    }

    /// An address as the target of a link in Markdown, without characters that would end it.
    private static func target(_ url: String) -> String {
        var target = ""
        for scalar in url.unicodeScalars {
            let isSafe = scalar.value > 0x20 && !"()<>\\\"`".unicodeScalars.contains(scalar)
            target += isSafe ? String(scalar) : String(percentEncoding: String(scalar), keeping: "")
        }
        return target
    }
}

extension Timestamp {
    /// This time with a precision of minutes, such as `2025-01-15 10:35 UTC`.
    var readable: String { description.prefix(16).split(separator: "T").joined(separator: " ") + " UTC" }
}
