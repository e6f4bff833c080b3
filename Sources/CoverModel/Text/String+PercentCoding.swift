extension String {
    /// Encodes all bytes except the unreserved ones of RFC 3986 and those in `kept`. A `%` in `kept` stays only where it
    /// begins an escape such as `%20`.
    ///
    /// The parameter is a `String` and not a generic type, because Swift does not specialize a generic function from
    /// another module. Each start of the bridge calls this function. Without specialization, each start would read the
    /// runtime's whole table of conformances.
    package init(percentEncoding text: String, keeping kept: String) {
        guard !text.utf8.allSatisfy(Self.isUnreserved) else {
            self = text
            return
        }
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        let source = Array(text.utf8)
        for (index, byte) in source.enumerated() {
            if Self.isUnreserved(byte) || kept.utf8.contains(byte) && !Self.isLonePercent(index, in: source) {
                bytes.append(byte)
            } else {
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        self.init(decoding: bytes, as: UTF8.self)
    }

    /// Decodes a percent-encoded text. Returns nil if the encoding is invalid or its bytes are not UTF-8.
    package init?(percentDecoding text: some StringProtocol) {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = String(decoding: rest.prefix(2), as: UTF8.self)
            guard digits.count == 2, digits.allSatisfy(\.isHexDigit), let value = UInt8(digits, radix: 16) else {
                return nil
            }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        self.init(validating: bytes, as: UTF8.self)
    }

    private static func isLonePercent(_ index: Int, in bytes: [UInt8]) -> Bool {
        guard bytes[index] == UInt8(ascii: "%") else { return false }
        guard index + 2 < bytes.count else { return true }
        return !isHexDigit(bytes[index + 1]) || !isHexDigit(bytes[index + 2])
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "F"),
            UInt8(ascii: "a")...UInt8(ascii: "f"):
            true
        default: false
        }
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }
}
