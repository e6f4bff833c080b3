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
            if Self.isUnreserved(byte) || kept.utf8.contains(byte) && !Self.isLonePercent(source[index...]) {
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
            guard let value = Self.escapedByte(rest) else { return nil }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        self.init(validating: bytes, as: UTF8.self)
    }

    /// The byte of an escape such as `%20`, from the bytes behind the `%`; nil if they are no escape.
    private static func escapedByte(_ rest: ArraySlice<UInt8>) -> UInt8? {
        let digits = String(decoding: rest.prefix(2), as: UTF8.self)
        guard digits.count == 2, digits.allSatisfy(\.isHexDigit) else { return nil }
        return UInt8(digits, radix: 16)
    }

    private static func isLonePercent(_ rest: ArraySlice<UInt8>) -> Bool {
        rest.first == UInt8(ascii: "%") && escapedByte(rest.dropFirst()) == nil
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
