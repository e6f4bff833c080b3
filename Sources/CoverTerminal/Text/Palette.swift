/// The meaning of a piece of text, which decides its colour.
package enum Style: String {
    case plain = ""
    case heading = "1"
    case faint = "2"
    case bad = "31"
    case good = "32"
    case odd = "33"
    case busy = "36"
}

/// A piece of text in one style; it may be a link.
package struct Span: Sendable {
    package var text: String
    package var style = Style.plain
    package var link: String?

    package init(_ text: String, _ style: Style = .plain, link: String? = nil) {
        self.text = text.displayable
        self.style = style
        self.link = link
    }
}

/// The colours and links that the output supports.
package struct Palette {
    package var isColored = false
    /// Whether texts may be links (OSC 8).
    package var hasLinks = false

    package init(isColored: Bool = false, hasLinks: Bool = false) {
        self.isColored = isColored
        self.hasLinks = hasLinks
    }

    /// The palette for pipes and files.
    package static let plain = Palette()

    package func render(_ span: Span) -> String {
        var text = span.text
        if text.isEmpty { return text }
        if isColored, span.style != .plain { text = "\u{1B}[\(span.style.rawValue)m\(text)\u{1B}[0m" }
        if hasLinks, let link = span.link, link.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) {
            text = "\u{1B}]8;;\(link)\u{1B}\\\(text)\u{1B}]8;;\u{1B}\\"
        }
        return text
    }

    package func render(_ spans: [Span]) -> String { spans.map(render).joined() }
}

extension [Span] {
    package var columns: Int { reduce(0) { $0 + $1.text.columns } }

    /// The spans cut to at most this number of columns.
    package func fitted(to limit: Int) -> [Span] {
        guard columns > limit else { return self }
        var result: [Span] = []
        var rest = limit
        for var span in self {
            let width = span.text.columns
            // The ellipsis is at the place of the cut, even if that place is between two spans.
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
