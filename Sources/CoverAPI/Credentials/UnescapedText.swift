/// A text from which escapes are undone, layer by layer, and where each of its bytes began before: those of JSON, `%2F`, `&amp;`.
struct UnescapedText {
    private(set) var bytes: [UInt8]
    /// Nil while nothing has been undone. The last entry is the end of it all.
    private var starts: [Int]?

    /// Stands for a character that is in no key.
    private static let other: UInt8 = 0xFF
    private static let ampersand = Array("&amp;".utf8)

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Where in the first text this range of the bytes came from.
    func origin(of range: Range<Int>) -> Range<Int> {
        starts.map { $0[range.lowerBound]..<$0[range.upperBound] } ?? range
    }

    static func undoing(_ bytes: [UInt8]) -> [UInt8] {
        var text = UnescapedText(bytes)
        _ = text.undoEscapes()
        return text.bytes
    }

    /// Undoes one layer: each backslash with those before it, `%XX`, `&amp;`.
    /// - Returns: whether there was any.
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

    /// The character that stands there, and the index behind it; nil at the end.
    private func next(_ index: inout Int) -> UInt8? {
        let start = index
        // JSON in a string has a backslash before each backslash.
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

    /// The hexadecimal number of so many digits that stands there.
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
