/// The headers before one message. They are read line by line.
struct HeaderBlock {
    /// The largest block that is accepted, in bytes.
    static let maximumBytes = 8192

    private(set) var length: Int?
    /// Whether the block has two lengths. Then it has no usable length.
    private var isContradictory = false
    /// The first fault of the block.
    private(set) var fault: FrameFault?
    /// The bytes of the block so far, with line ends.
    private(set) var byteCount = 0

    /// Reads a line, given without its end.
    mutating func take(_ line: some Collection<UInt8>) {
        byteCount += line.count + 2
        if byteCount > Self.maximumBytes { note(.headerTooLarge(limit: Self.maximumBytes)) }

        guard Self.isHeader(line) else { return note(.malformedHeader("a header line has no name and colon")) }
        let name = line.prefix { $0 != UInt8(ascii: ":") }
        let value = Array(line.dropFirst(name.count + 1)).trimmingBlanks()
        switch String(decoding: name.map(\.lowercased), as: UTF8.self) {
        case "content-length": takeLength(value)
        case "content-type": takeContentType(value)
        default: break
        }
    }

    /// Records a line that is longer than the whole block may be.
    mutating func takeOverlongLine() {
        byteCount = Self.maximumBytes + 1
        note(.headerTooLarge(limit: Self.maximumBytes))
    }

    private mutating func takeLength(_ value: ArraySlice<UInt8>) {
        guard !value.isEmpty, value.allSatisfy(\.isDigit), let parsed = Int(String(decoding: value, as: UTF8.self))
        else {
            length = nil
            return note(.malformedHeader("Content-Length is not a number of bytes"))
        }
        if let length, length != parsed {
            isContradictory = true
            note(.malformedHeader("Content-Length is given twice, and differently"))
        }
        length = isContradictory ? nil : parsed
    }

    private mutating func takeContentType(_ value: ArraySlice<UInt8>) {
        let text = String(
            decoding: value.map(\.lowercased).filter { !$0.isBlank && $0 != UInt8(ascii: "\"") },
            as: UTF8.self
        )
        for parameter in text.split(separator: ";").dropFirst() where parameter.hasPrefix("charset=") {
            let charset = parameter.dropFirst("charset=".count)
            if charset != "utf-8", charset != "utf8" { note(.malformedHeader("the charset is not utf-8")) }
        }
    }

    private mutating func note(_ fault: FrameFault) {
        if self.fault == nil { self.fault = fault }
    }
}

extension Array where Element == UInt8 {
    fileprivate func trimmingBlanks() -> ArraySlice<UInt8> {
        var slice = drop(while: \.isBlank)
        while let last = slice.last, last.isBlank { slice.removeLast() }
        return slice
    }
}

extension HeaderBlock {
    /// Whether a line has the form of a header.
    static func isHeader(_ line: some Collection<UInt8>) -> Bool {
        let name = line.prefix { $0.isHeaderName }
        return !name.isEmpty && line.dropFirst(name.count).first == UInt8(ascii: ":")
    }

    /// The header `Content-Length: N` at the end of a line that may begin with other bytes.
    static func lengthHeader(endingIn line: [UInt8]) -> ArraySlice<UInt8>? {
        var line = line[...]
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        let digits = line.reversed().prefix(while: \.isDigit).count
        let blanks = line.dropLast(digits).reversed().prefix { $0 == 0x20 || $0 == 0x09 }.count
        let name = "content-length:".utf8
        let before = line.dropLast(digits + blanks)
        guard digits > 0, before.suffix(name.count).map(\.lowercased).elementsEqual(name) else { return nil }
        return line.suffix(name.count + blanks + digits)
    }
}
