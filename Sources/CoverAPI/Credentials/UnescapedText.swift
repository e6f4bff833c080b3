/// A text whose escapes are resolved layer by layer: those of JSON, `%2F`, `&amp;`. It records where each byte came
/// from.
struct UnescapedText {
    private(set) var bytes: [UInt8]
    /// The original position of each byte; nil before the first layer. The last entry is the end of the text.
    private var starts: [Int]?

    /// Stands for a character that no key contains.
    private static let other: UInt8 = 0xFF
    private static let ampersand = Array("&amp;".utf8)

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The range of the original text from which this range of bytes came.
    func origin(of range: Range<Int>) -> Range<Int> {
        starts.map { $0[range.lowerBound]..<$0[range.upperBound] } ?? range
    }

    static func undoing(_ bytes: [UInt8]) -> [UInt8] {
        var text = UnescapedText(bytes)
        _ = text.undoEscapes()
        return text.bytes
    }

    /// Resolves one layer: each backslash together with those before it, `%XX`, `&amp;`.
    ///
    /// - Returns: whether there was any escape.
    mutating func undoEscapes() -> Bool {
        let marks = Array("\\%&".utf8)
        guard bytes.contains(where: marks.contains) else { return false }
        var plain: [UInt8] = []
        var places: [Int] = []
        plain.reserveCapacity(bytes.count)
        places.reserveCapacity(bytes.count + 1)
        var index = 0
        while index < bytes.count {
            let start = index
            guard let byte = next(&index) else { break }
            plain.append(byte)
            places.append(start)
        }
        guard plain.count < bytes.count else { return false }
        places.append(bytes.count)
        starts = starts.map { starts in places.map { starts[$0] } } ?? places
        bytes = plain
        return true
    }

    /// The next character, and the index behind it; nil at the end.
    private func next(_ index: inout Int) -> UInt8? {
        let start = index
        // JSON inside a string has a backslash before each backslash.
        while index < bytes.count, bytes[index] == UInt8(ascii: "\\") { index += 1 }
        guard index < bytes.count else { return nil }
        let byte = bytes[index]
        index += 1
        if start + 1 < index {
            guard byte == UInt8(ascii: "u"), let code = number(at: index, digits: 4) else { return byte }
            index += 4
            return code < 0x80 ? UInt8(code) : Self.other
        }
        if byte == UInt8(ascii: "%"), let code = number(at: index, digits: 2) {
            index += 2
            return UInt8(code)
        }
        if byte == UInt8(ascii: "&"), bytes[start...].starts(with: Self.ampersand) {
            index = start + Self.ampersand.count
        }
        return byte
    }

    /// The hexadecimal number with this many digits at an index.
    private func number(at index: Int, digits: Int) -> UInt16? {
        guard index + digits <= bytes.count else { return nil }
        var number: UInt16 = 0
        for byte in bytes[index..<index + digits] {
            guard let digit = Character(UnicodeScalar(byte)).hexDigitValue else { return nil }
            number = number << 4 | UInt16(digit)
        }
        return number
    }
}
