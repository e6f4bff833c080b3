import Jansson

/// JSON as this API writes it: numbers in strings, objects in strings, and names in several styles.
extension JSONValue {
    /// The whole number that is written as an integer, as `1.0`, or in a string; nil for anything else, such as a
    /// boolean.
    var lenientInteger: Int64? {
        if let integer { return integer }
        if let number { return Int64(exactly: number) }
        guard let text = string.map({ Substring($0).trimmed }), !text.isEmpty else { return nil }
        return Int64(text) ?? Self.decimal(text).flatMap(Int64.init(exactly:))
    }

    /// The finite number that this is, or that its string contains; nil for anything else, such as a boolean.
    var lenientNumber: Double? {
        number ?? string.flatMap { Self.decimal(Substring($0).trimmed) }
    }

    /// A string that is not blank, or the digits of a whole number.
    var lenientText: String? {
        if let string { return Substring(string).trimmed.isEmpty ? nil : String(Substring(string).trimmed) }
        return integer.map { String($0) }
    }

    /// This value, or the JSON inside its string.
    var unwrapped: JSONValue {
        guard let text = string.map({ Substring($0).trimmed }), text.first == "{" || text.first == "[" else {
            return self
        }
        return JSONValue(repairing: Array(text.utf8)) ?? self
    }

    /// Whether this is null or a blank string, which count as absent.
    var isBlank: Bool {
        if let first = firstByte, 0x21..<0x7F ~= first { return false }
        return isNull || string.map { Substring($0).trimmed.isEmpty } ?? false
    }

    /// Whether the value contains nothing: `{}`, `[]`, `false`, or objects and lists of these.
    var isEmptyRecord: Bool {
        switch kind {
        case .array: elements?.allSatisfy(\.isEmptyRecord) ?? true
        case .object: members?.allSatisfy(\.value.isEmptyRecord) ?? true
        case .string: isBlank || string == "null"
        case .null: true
        case .bool: bool == false
        case .integer, .real: false
        }
    }

    /// A decimal number. The words and hexadecimal forms that Swift also accepts are excluded.
    private static func decimal(_ text: Substring) -> Double? {
        guard text.utf8.allSatisfy(isOfDecimal), let number = Double(text), number.isFinite else { return nil }
        return number
    }

    private static func isOfDecimal(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"),
            UInt8(ascii: "+"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
