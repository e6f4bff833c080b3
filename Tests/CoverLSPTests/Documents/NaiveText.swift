@testable import CoverLSP

/// A text in the simplest possible form, as a model for tests. It counts every position from the start of the text.
struct NaiveText {
    var scalars: [Unicode.Scalar]

    init(_ text: String) { scalars = Array(text.unicodeScalars) }

    var text: String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        return String(view)
    }

    static func units(_ scalar: Unicode.Scalar, _ encoding: PositionEncoding) -> Int {
        switch encoding {
        case .utf8: UTF8.width(scalar)
        case .utf16: UTF16.width(scalar)
        case .utf32: 1
        }
    }

    /// The range of each line in the text, without the line break.
    var lines: [Range<Int>] {
        var (lines, start, index) = ([Range<Int>](), 0, 0)
        while index < scalars.count {
            let isCRLF = scalars[index] == "\r" && index + 1 < scalars.count && scalars[index + 1] == "\n"
            if scalars[index] == "\n" || scalars[index] == "\r" {
                lines.append(start..<index)
                start = index + (isCRLF ? 2 : 1)
                index = start
            } else {
                index += 1
            }
        }
        return lines + [start..<scalars.count]
    }

    func index(of position: Position, _ encoding: PositionEncoding) -> Int {
        guard position.line < lines.count else { return scalars.count }
        let line = lines[position.line]
        var (index, units) = (line.lowerBound, 0)
        while index < line.upperBound {
            units += Self.units(scalars[index], encoding)
            if units > position.character { return index }
            index += 1
        }
        return index
    }

    func position(of index: Int, _ encoding: PositionEncoding) -> Position {
        let line = lines.lastIndex { $0.lowerBound <= index } ?? 0
        let before = scalars[lines[line].lowerBound..<index]
        return Position(line: line, character: before.reduce(0) { $0 + Self.units($1, encoding) })
    }

    func byte(of index: Int) -> Int { scalars[..<index].reduce(0) { $0 + UTF8.width($1) } }

    mutating func replace(_ start: Position, _ end: Position, with text: String, _ encoding: PositionEncoding) {
        let (from, to) = (index(of: start, encoding), index(of: end, encoding))
        scalars.replaceSubrange(min(from, to)..<max(from, to), with: text.unicodeScalars)
    }
}
