/// A value that can be written as JSON.
public protocol JSONEncodable {
    func encode(to writer: inout JSONWriter)
    /// This value as a compact JSON text in ASCII.
    var jsonBytes: [UInt8] { get }
}

/// Writes compact JSON in ASCII. It escapes every character above U+007E, so that readers which split lines on U+2028
/// do not break.
///
/// The writer adds the commas. It does not check that the members of an object have different names.
public struct JSONWriter: Sendable {
    /// The text so far.
    public private(set) var bytes: [UInt8]
    private var needsComma = false
    private let quotesLargeIntegers: Bool

    /// - Parameter quotesLargeIntegers: whether integers beyond 2^53 are written as strings, for readers that store
    ///   every number as a double.
    public init(quotingLargeIntegers quotesLargeIntegers: Bool = false) {
        self.quotesLargeIntegers = quotesLargeIntegers
        bytes = []
        // The status of a cover fits, so that the array does not grow step by step.
        bytes.reserveCapacity(480)
    }

    /// Writes an object. What `members` writes with ``member(_:_:)`` becomes its members.
    public mutating func object(_ members: (inout JSONWriter) -> Void) {
        nest(UInt8(ascii: "{"), UInt8(ascii: "}"), members)
    }

    /// Writes an array. What `elements` writes with ``element(_:)`` becomes its elements.
    public mutating func array(_ elements: (inout JSONWriter) -> Void) {
        nest(UInt8(ascii: "["), UInt8(ascii: "]"), elements)
    }

    /// Writes a member of an object.
    public mutating func member(_ name: String, _ value: some JSONEncodable) {
        memberName(name)
        value.encode(to: &self)
        needsComma = true
    }

    /// Writes a member. `body` writes its value with one call of ``object(_:)``, ``array(_:)`` or ``value(_:)``.
    public mutating func member(_ name: String, _ body: (inout JSONWriter) -> Void) {
        memberName(name)
        body(&self)
        needsComma = true
    }

    /// Writes an element of an array.
    public mutating func element(_ value: some JSONEncodable) {
        separate()
        value.encode(to: &self)
        needsComma = true
    }

    /// Writes a value at the current position.
    public mutating func value(_ value: some JSONEncodable) {
        value.encode(to: &self)
    }

    /// Writes bytes that are already one JSON value in ASCII.
    package mutating func raw(_ json: some Sequence<UInt8>) {
        bytes.append(contentsOf: json)
    }

    /// Does the same for an array. The compiler does not specialise calls from other targets, so these calls would cost
    /// ten times as much.
    package mutating func raw(_ json: [UInt8]) {
        bytes.append(contentsOf: json)
    }

    private mutating func memberName(_ name: String) {
        separate()
        name.encode(to: &self)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = false
    }

    private mutating func nest(_ opening: UInt8, _ closing: UInt8, _ body: (inout JSONWriter) -> Void) {
        separate()
        bytes.append(opening)
        needsComma = false
        body(&self)
        bytes.append(closing)
        needsComma = true
    }

    fileprivate mutating func append(string: String) {
        var string = string
        bytes.append(UInt8(ascii: "\""))
        string.withUTF8 { utf8 in
            if unsafe utf8.allSatisfy({ Self.isPlain($0) }) {
                unsafe bytes.append(contentsOf: utf8)
            } else {
                for scalar in unsafe String(decoding: utf8, as: UTF8.self).unicodeScalars { append(scalar) }
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    fileprivate mutating func append(integer: Int64) {
        if quotesLargeIntegers, integer.magnitude > 1 << 53 {
            append(string: integer.description)
        } else {
            raw(integer.description.utf8)
        }
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte < 0x7F && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }

    private mutating func append(_ scalar: Unicode.Scalar) {
        switch scalar {
        case "\"": bytes.append(contentsOf: #"\""#.utf8)
        case "\\": bytes.append(contentsOf: #"\\"#.utf8)
        case "\n": bytes.append(contentsOf: #"\n"#.utf8)
        case "\r": bytes.append(contentsOf: #"\r"#.utf8)
        case "\t": bytes.append(contentsOf: #"\t"#.utf8)
        case _ where scalar.isASCII && Self.isPlain(UInt8(scalar.value)):
            bytes.append(UInt8(scalar.value))
        default:
            for unit in scalar.utf16 { append(escaped: unit) }
        }
    }

    private mutating func append(escaped unit: UInt16) {
        bytes.append(contentsOf: #"\u"#.utf8)
        for shift in [12, 8, 4, 0] {
            let digit = UInt8(truncatingIfNeeded: unit >> UInt16(shift)) & 0xF
            bytes.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        }
    }
}

extension JSONEncodable {
    /// This value as a compact JSON text in ASCII.
    public var jsonBytes: [UInt8] {
        var writer = JSONWriter()
        encode(to: &writer)
        return writer.bytes
    }

    /// This value for readers that store every number as a double.
    package var portableJSONBytes: [UInt8] {
        var writer = JSONWriter(quotingLargeIntegers: true)
        encode(to: &writer)
        return writer.bytes
    }

    /// This value as a compact JSON text in ASCII.
    public var jsonText: String { String(decoding: jsonBytes, as: UTF8.self) }
}

extension String: JSONEncodable {
    /// Writes a JSON string.
    public func encode(to writer: inout JSONWriter) { writer.append(string: self) }
}

extension Bool: JSONEncodable {
    /// Writes `true` or `false`.
    public func encode(to writer: inout JSONWriter) { writer.raw(self ? "true".utf8 : "false".utf8) }
}

extension Int: JSONEncodable {
    /// Writes an integer in decimal.
    public func encode(to writer: inout JSONWriter) { writer.append(integer: Int64(self)) }
}

extension Int64: JSONEncodable {
    /// Writes an integer in decimal.
    public func encode(to writer: inout JSONWriter) { writer.append(integer: self) }
}

extension Double: JSONEncodable {
    /// Writes the shortest form that reads back as the same number. An exact whole number has no fraction. Infinities
    /// and NaN become `null`, because JSON has no notation for them.
    public func encode(to writer: inout JSONWriter) {
        if !isFinite {
            writer.raw("null".utf8)
        } else if let whole = Int64(exactly: self), whole.magnitude < 1 << 53, whole != 0 || sign == .plus {
            writer.raw(whole.description.utf8)
        } else {
            writer.raw(description.utf8)
        }
    }
}

extension Optional: JSONEncodable where Wrapped: JSONEncodable {
    /// Writes the wrapped value, or `null`.
    public func encode(to writer: inout JSONWriter) {
        switch self {
        case .none: writer.raw("null".utf8)
        case .some(let value): value.encode(to: &writer)
        }
    }
}

extension Array: JSONEncodable where Element: JSONEncodable {
    /// Writes an array.
    public func encode(to writer: inout JSONWriter) {
        writer.array { for element in self { $0.element(element) } }
    }
}

extension JSONValue: JSONEncodable {
    /// Writes the value as it was parsed, in compact form. The order of members is kept.
    public func encode(to writer: inout JSONWriter) {
        switch kind {
        case .object: writer.object { for (name, value) in members ?? [] { $0.member(name, value) } }
        case .array: writer.array { for element in elements ?? [] { $0.element(element) } }
        case .string: writer.value(string)
        case .integer: writer.value(integer)
        case .real: writer.value(number)
        case .bool: writer.value(bool)
        case .null: writer.value(String?.none)
        }
    }
}
