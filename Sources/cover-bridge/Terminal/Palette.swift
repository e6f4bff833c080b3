/// What a piece of text says, which decides its colour.
enum Style: String {
    case plain = ""
    case heading = "1"
    case faint = "2"
    case bad = "31"
    case good = "32"
    case odd = "33"
    case busy = "36"
}

/// A piece of text in one style, perhaps a link.
struct Span: Sendable {
    var text: String
    var style = Style.plain
    var link: String?

    init(_ text: String, _ style: Style = .plain, link: String? = nil) {
        self.text = text.displayable
        self.style = style
        self.link = link
    }
}

/// What the reader of the output understands beyond plain text.
struct Palette {
    var isColored = false
    /// Whether texts may be links (OSC 8).
    var hasLinks = false

    /// For pipes and files.
    static let plain = Palette()

    func render(_ span: Span) -> String {
        var text = span.text
        if text.isEmpty { return text }
        if isColored, span.style != .plain { text = "\u{1B}[\(span.style.rawValue)m\(text)\u{1B}[0m" }
        if hasLinks, let link = span.link, link.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) {
            text = "\u{1B}]8;;\(link)\u{1B}\\\(text)\u{1B}]8;;\u{1B}\\"
        }
        return text
    }

    func render(_ spans: [Span]) -> String { spans.map(render).joined() }
}

extension [Span] {
    var columns: Int { reduce(0) { $0 + $1.text.columns } }

    /// The spans cut to so many columns.
    func fitted(to limit: Int) -> [Span] {
        guard columns > limit else { return self }
        var result: [Span] = []
        var rest = limit
        for var span in self {
            let width = span.text.columns
            // The ellipsis stands where the text breaks off, also at the border of two spans.
            if width < rest {
                result.append(span)
                rest -= width
            } else {
                span.text = width == rest ? (span.text + " ").fitted(to: rest) : span.text.fitted(to: rest)
                result.append(span)
                break
            }
        }
        return result
    }
}
