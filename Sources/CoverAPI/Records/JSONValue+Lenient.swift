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

/// The members of an object by name, in any style of names: `successFlag`, `success_flag`, `SuccessFlag`.
struct LenientObject {
    private var values: [String: JSONValue] = [:]
    /// The names of members that occur more than once with different values.
    private(set) var conflicts: [String] = []

    init?(_ value: JSONValue) {
        guard let members = value.members else { return nil }
        for (name, value) in members where !value.isBlank {
            let folded = Self.folded(name)
            if let other = values[folded] {
                if other.jsonBytes != value.jsonBytes, !conflicts.contains(folded) { conflicts.append(folded) }
                // The documented name has no underscores, and has priority.
                if name.utf8.contains(UInt8(ascii: "_")) { continue }
            }
            values[folded] = value
        }
    }

    /// The folded names of the members that are not blank.
    var names: some Collection<String> { values.keys }

    /// The first of these members that is not blank. The names are in lower case.
    subscript(names: String...) -> JSONValue? {
        for name in names {
            if let value = values[name] { return value }
        }
        return nil
    }

    private static func folded(_ name: String) -> String {
        let letters = UInt8(ascii: "a")...UInt8(ascii: "z")
        if name.utf8.allSatisfy({ letters ~= $0 | 0x20 }) {
            // This code avoids Unicode functions, because it runs for each member of each answer.
            return unsafe String(unsafeUninitializedCapacity: name.utf8.count) { folded in
                for (index, byte) in name.utf8.enumerated() { unsafe folded[index] = byte | 0x20 }
                return folded.count
            }
        }
        // Only ASCII letters are changed: Unicode has other letters whose lower case is ASCII.
        let bytes = name.utf8.filter { $0 != UInt8(ascii: "_") && $0 != UInt8(ascii: "-") }
        return String(
            decoding: bytes.map { UInt8(ascii: "A")...UInt8(ascii: "Z") ~= $0 ? $0 | 0x20 : $0 },
            as: UTF8.self
        )
    }
}
