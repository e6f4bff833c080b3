/// Recognizes text that was probably pasted instead of a task's id. Any text may be an id, so the client queries it
/// nevertheless. If the query fails, the error contains a hint. An order costs credits, so ``isWrapped(_:)`` is checked
/// before it.
package enum PastedID {
    private static let quotes = Array("\"'`“”‘’„‚«»‹›")
    private static let brackets = Array("<>()[]{}")
    private static let dashes = Array("-‐‑‒–—―−")
    private static let separators = Array(",;|")
    private static let stops = Array(".,;:!?…")

    /// Whether the id is in quotes or is a JSON object, as in `"a"` and `{"taskId":"a"}`. No music task has such an id.
    package static func isWrapped(_ id: TaskID) -> Bool {
        guard let first = id.text.first, let last = id.text.last, id.text.count > 1 else { return false }
        return quotes.contains(first) && quotes.contains(last) || first == "{" && last == "}"
    }

    /// A hint that says what is odd about the text, and what to do. The result is nil if the text looks like an id.
    package static func hint(_ id: TaskID) -> String? {
        let text = id.text
        guard let first = text.first, let last = text.last else { return nil }
        if let invisible = text.unicodeScalars.first(where: \.properties.isDefaultIgnorableCodePoint) {
            return
                "The id has an invisible character in it (\(invisible.codePoint)); type it again, or copy it from elsewhere."
        }
        if first == "{", last == "}" { return "The id looks like JSON; give only the id in it, without quotes." }
        if isWrapped(id) { return "The id has quotes around it; leave them out." }
        if dashes.contains(first) { return "The id begins with a dash; options begin with two hyphens (--)." }
        if first == "#" { return "The id looks like a comment; leave it out." }
        if text.hasScheme { return "The id looks like an address; give only the part that names the task." }
        if text.contains("=") { return "The id looks like an assignment; give only the part behind the =." }
        if first.isWhitespace || last.isWhitespace {
            return "The id has a blank or a line break at its start or end; leave it out."
        }
        if text.split(whereSeparator: { separators.contains($0) || $0.isWhitespace }).count > 1 {
            return "The id looks like several; give each by itself, without commas."
        }
        if [first, last].contains(where: { quotes.contains($0) || brackets.contains($0) }) {
            return "The id has quotes or brackets around it; leave them out."
        }
        if first == "$" || first == "%" { return "The id looks like a variable that nothing has replaced." }
        if stops.contains(last) { return "The id ends in a sign that may belong to a sentence; leave it out." }
        return nil
    }
}

extension String {
    /// Whether `://` is in the text. The standard library's search would load the library for regular expressions.
    fileprivate var hasScheme: Bool {
        utf8.indices.contains { utf8[$0...].starts(with: "://".utf8) }
    }
}
