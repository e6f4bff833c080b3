/// What a task's id may be, and how it travels.
public enum TaskID {
    /// An id is opaque: 1 to 256 characters, none of them a control character.
    public static func isValid(_ id: String) -> Bool {
        // Nearly all are plain ASCII, of which this is known at once.
        if id.utf8.allSatisfy({ 0x20..<0x7F ~= $0 }) { return 1...256 ~= id.utf8.count }
        let count = id.unicodeScalars.count
        return (1...256).contains(count)
            && id.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
    }

    /// - Throws: `badRequest` for what is no id.
    static func check(_ id: String) throws(CoverError) {
        guard isValid(id) else {
            throw CoverError(.badRequest, "A task's id has 1 to 256 characters, none of them a control character.")
        }
    }

    /// The id with every byte that RFC 3986 does not call unreserved as `%XX`.
    public static func percentEncoded(_ id: String) -> String { String(percentEncoding: id, keeping: "") }
}

extension String {
    /// Encodes all bytes but the unreserved ones of RFC 3986 and those that are to be kept.
    init(percentEncoding text: some StringProtocol, keeping kept: String) {
        guard !text.utf8.allSatisfy(Self.isUnreserved) else {
            self.init(text)
            return
        }
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            if Self.isUnreserved(byte) || kept.utf8.contains(byte) {
                bytes.append(byte)
            } else {
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        self.init(decoding: bytes, as: UTF8.self)
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
