/// A text whose escapes are resolved layer by layer. The escapes are those of JSON, of URLs (`%2F`) and of HTML
/// (`&#x2F;`). Removed are invisible characters, the blanks after a line break, and the sequences that set the colours of
/// terminals. The text records where each byte came from.
package struct UnescapedText {
    package private(set) var bytes: [UInt8]
    /// The original position of each byte; nil before the first layer. The last entry is the end of the text.
    private var starts: [Int]?

    /// Stands for a character that no key contains.
    private static let other: UInt8 = 0xFF
    /// Stands for a line break. No text in UTF-8 contains this byte.
    private static let lineBreak: UInt8 = 0xFE
    /// Stands for the character that begins a sequence for terminals, before `[`. No text in UTF-8 contains this byte.
    private static let escape: UInt8 = 0xFD
    /// Stands for the character that means the same as ESC and `[`. No text in UTF-8 contains this byte.
    private static let sequence: UInt8 = 0xFC
    /// The names that HTML gives to ASCII signs and to invisible characters.
    private static let signs: [(name: String, scalar: Unicode.Scalar)] = [
        ("excl", "!"), ("quot", "\""), ("QUOT", "\""), ("num", "#"), ("dollar", "$"), ("percnt", "%"), ("amp", "&"),
        ("AMP", "&"), ("apos", "'"), ("lpar", "("), ("rpar", ")"), ("ast", "*"), ("midast", "*"), ("plus", "+"),
        ("comma", ","),
        ("period", "."), ("sol", "/"), ("colon", ":"), ("semi", ";"), ("lt", "<"), ("LT", "<"), ("equals", "="),
        ("gt", ">"),
        ("GT", ">"), ("quest", "?"), ("commat", "@"), ("lsqb", "["), ("lbrack", "["), ("bsol", "\\"), ("rsqb", "]"),
        ("rbrack", "]"),
        ("Hat", "^"), ("lowbar", "_"), ("UnderBar", "_"), ("grave", "`"), ("DiacriticalGrave", "`"), ("lcub", "{"),
        ("lbrace", "{"),
        ("verbar", "|"), ("vert", "|"), ("VerticalLine", "|"), ("rcub", "}"), ("rbrace", "}"), ("Tab", "\t"),
        ("NewLine", "\n"),
        ("shy", "\u{AD}"), ("zwnj", "\u{200C}"), ("zwj", "\u{200D}"), ("ZeroWidthSpace", "\u{200B}"),
        ("NoBreak", "\u{2060}"),
    ]
    private static let names = signs.map { (name: Array($0.name.utf8) + [UInt8(ascii: ";")], scalar: $0.scalar.value) }

    package init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The range of the original text from which this range of bytes came.
    package func origin(of range: Range<Int>) -> Range<Int> {
        starts.map { $0[range.lowerBound]..<$0[range.upperBound] } ?? range
    }

    static func undoing(_ bytes: [UInt8]) -> [UInt8] {
        var text = UnescapedText(bytes)
        _ = text.undoEscapes()
        return text.bytes
    }

    /// Resolves one layer: each backslash together with the backslashes before it, `%XX`, references of HTML, and all that
    /// is removed.
    ///
    /// - Returns: whether the text contained any of these.
    package mutating func undoEscapes() -> Bool {
        guard bytes.contains(where: Self.beginsEscape) else { return false }
        var plain: [UInt8] = []
        var places: [Int] = []
        plain.reserveCapacity(bytes.count)
        places.reserveCapacity(bytes.count + 1)
        var index = 0
        var gap = Gap.none
        while index < bytes.count {
            let start = index
            guard let byte = next(&index), !gap.removes(byte) else { continue }
            plain.append(byte)
            places.append(start)
        }
        guard plain.count < bytes.count else { return false }
        places.append(bytes.count)
        starts = starts.map { starts in places.map { starts[$0] } } ?? places
        bytes = plain
        return true
    }

    /// What is removed together with the characters before it.
    private enum Gap {
        case none
        /// A line break, and the blanks after it.
        case lineBreak
        /// The character that may begin a sequence for terminals.
        case escape
        /// A sequence for terminals (CSI in ECMA-48 §5.4), up to its final byte.
        case sequence

        mutating func removes(_ byte: UInt8) -> Bool {
            switch (self, byte) {
            case (_, UnescapedText.lineBreak): self = .lineBreak
            case (_, UnescapedText.escape): self = .escape
            case (_, UnescapedText.sequence): self = .sequence
            case (.none, _): return false
            case (.lineBreak, UInt8(ascii: " ")): break
            case (.escape, UInt8(ascii: "[")), (.sequence, 0x20...0x3F): self = .sequence
            case (.sequence, 0x40...0x7E): self = .none
            default:
                self = .none
                return false
            }
            return true
        }
    }

    private static func beginsEscape(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "\\") || byte == UInt8(ascii: "%") || byte == UInt8(ascii: "&") || byte < 0x20
            || byte >= 0x7F
    }

    /// The byte of the next character, or the byte that stands for it; nil at the end, and for an invisible character.
    private func next(_ index: inout Int) -> UInt8? {
        let start = index
        // JSON inside a string has a backslash before each backslash.
        while index < bytes.count, bytes[index] == UInt8(ascii: "\\") { index += 1 }
        guard index < bytes.count else { return nil }
        if index > start { return escaped(&index) }
        let byte = bytes[index]
        if byte == UInt8(ascii: "%"), let code = number(at: index + 1, digits: 2, radix: 16) {
            index += 3
            return UInt8(code)
        }
        if byte == UInt8(ascii: "&"), let reference = reference(at: index + 1) {
            index = reference.end
            return Self.plain(reference.scalar)
        }
        if let character = invisible(at: index) {
            index += character.length
            return Self.plain(character.code)
        }
        index += 1
        return byte
    }

    /// The character after the backslashes; nil for an invisible character.
    private func escaped(_ index: inout Int) -> UInt8? {
        let byte = bytes[index]
        index += 1
        switch byte {
        case UInt8(ascii: "u"):
            guard var code = number(at: index, digits: 4, radix: 16) else { return byte }
            index += 4
            // The second half of a surrogate pair has as many backslashes as the first.
            let second = bytes[index...].firstIndex { $0 != UInt8(ascii: "\\") } ?? bytes.endIndex
            if 0xD800..<0xDC00 ~= code, second < bytes.endIndex, bytes[second] == UInt8(ascii: "u"),
                let low = number(at: second + 1, digits: 4, radix: 16), 0xDC00..<0xE000 ~= low
            {
                index = second + 5
                code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
            }
            return Self.plain(code)
        case UInt8(ascii: "x"):
            guard let code = number(at: index, digits: 2, radix: 16) else { return byte }
            index += 2
            return Self.plain(code)
        case UInt8(ascii: "n"), UInt8(ascii: "r"): return Self.lineBreak
        // Backspace, form feed, tabulator.
        case UInt8(ascii: "b"), UInt8(ascii: "f"), UInt8(ascii: "t"): return nil
        default: return byte
        }
    }

    /// The character of an HTML reference by number or by one of a few names, and the index behind it.
    private func reference(at index: Int) -> (scalar: UInt32, end: Int)? {
        guard index < bytes.count, bytes[index] == UInt8(ascii: "#") else {
            let named = Self.names.first { bytes[index...].starts(with: $0.name) }
            return named.map { ($0.scalar, index + $0.name.count) }
        }
        let isHexadecimal = index + 1 < bytes.count && bytes[index + 1] | 0x20 == UInt8(ascii: "x")
        let radix = isHexadecimal ? 16 : 10
        let start = index + (isHexadecimal ? 2 : 1)
        // Browsers also read a number without the semicolon behind it.
        let count = bytes[min(start, bytes.count)...].prefix(10).prefix { Self.isDigit($0, radix: radix) }.count
        guard let code = number(at: start, digits: count, radix: radix) else { return nil }
        let end = start + count
        return (code, end < bytes.count && bytes[end] == UInt8(ascii: ";") ? end + 1 : end)
    }

    private static func isDigit(_ byte: UInt8, radix: Int) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "A")...UInt8(ascii: "F"), UInt8(ascii: "a")...UInt8(ascii: "f"): radix == 16
        default: false
        }
    }

    /// The byte of a character, or the byte that stands for it; nil for an invisible character.
    private static func plain(_ code: UInt32) -> UInt8? {
        switch code {
        case 0x0A, 0x0D, 0x85, 0x2028, 0x2029: lineBreak
        case 0x1B: escape
        case 0x9B: sequence
        case 0x20..<0x7F: UInt8(code)
        case 0..<0xA0: nil
        default: Unicode.Scalar(code)?.properties.isDefaultIgnorableCodePoint ?? false ? nil : other
        }
    }

    /// The invisible character at an index, and its length in bytes; nil for any other character.
    private func invisible(at index: Int) -> (code: UInt32, length: Int)? {
        let first = bytes[index]
        if first < 0x80 { return first < 0x20 || first == 0x7F ? (UInt32(first), 1) : nil }
        let length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC0 ? 2 : 0
        guard length > 0, index + length <= bytes.count else { return nil }
        let start = UInt32(first) & (0x7F >> UInt32(length))
        let code = bytes[index + 1..<index + length].reduce(start) { $0 << 6 | UInt32($1 & 0x3F) }
        return Self.plain(code) == Self.other ? nil : (code, length)
    }

    /// The number with this many digits at an index.
    private func number(at index: Int, digits: Int, radix: Int) -> UInt32? {
        guard digits > 0, index + digits <= bytes.count, bytes[index] != UInt8(ascii: "+") else { return nil }
        return UInt32(String(decoding: bytes[index..<index + digits], as: UTF8.self), radix: radix)
    }
}
