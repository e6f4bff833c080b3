/// A value that can be written as JSON.
public protocol JSONEncodable {
    func encode(to writer: inout JSONWriter)
    /// This value as a compact JSON text in ASCII.
    var jsonBytes: [UInt8] { get }
}

/// Writes compact JSON in ASCII: every character above U+007E is escaped, so that readers which split lines on U+2028 stay safe.
///
/// Commas come by themselves. The writer does not check that an object's members have different names.
public struct JSONWriter: Sendable {
    /// What has been written so far.
    public private(set) var bytes: [UInt8] = []
    private var needsComma = false
    private let quotesLargeIntegers: Bool

    /// - Parameter quotesLargeIntegers: whether integers beyond 2^53 are written as strings, for readers that hold every number as a
    ///   double.
    public init(quotingLargeIntegers quotesLargeIntegers: Bool = false) {
        self.quotesLargeIntegers = quotesLargeIntegers
    }

    /// An object; what `members` writes with ``member(_:_:)`` becomes its members.
    public mutating func object(_ members: (inout JSONWriter) -> Void) {
        nest(UInt8(ascii: "{"), UInt8(ascii: "}"), members)
    }

    /// An array; what `elements` writes with ``element(_:)`` becomes its elements.
    public mutating func array(_ elements: (inout JSONWriter) -> Void) {
        nest(UInt8(ascii: "["), UInt8(ascii: "]"), elements)
    }

    public mutating func member(_ name: String, _ value: some JSONEncodable) {
        memberName(name)
        value.encode(to: &self)
        needsComma = true
    }

    /// A member whose value `body` writes, in one call of ``object(_:)``, ``array(_:)`` or ``value(_:)``.
    public mutating func member(_ name: String, _ body: (inout JSONWriter) -> Void) {
        memberName(name)
        body(&self)
        needsComma = true
    }

    public mutating func element(_ value: some JSONEncodable) {
        separate()
        value.encode(to: &self)
        needsComma = true
    }

    /// A value alone, where the writer stands.
    public mutating func value(_ value: some JSONEncodable) {
        value.encode(to: &self)
    }

    /// Bytes that are a JSON value already, in ASCII.
    package mutating func raw(_ json: some Sequence<UInt8>) {
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
    public var jsonBytes: [UInt8] {
        var writer = JSONWriter()
        encode(to: &writer)
        return writer.bytes
    }

    /// This value for readers that hold every number as a double.
    package var portableJSONBytes: [UInt8] {
        var writer = JSONWriter(quotingLargeIntegers: true)
        encode(to: &writer)
        return writer.bytes
    }

    /// This value as a compact JSON text in ASCII.
    public var jsonText: String { String(decoding: jsonBytes, as: UTF8.self) }
}

extension String: JSONEncodable {
    public func encode(to writer: inout JSONWriter) { writer.append(string: self) }
}

extension Bool: JSONEncodable {
    public func encode(to writer: inout JSONWriter) { writer.raw(self ? "true".utf8 : "false".utf8) }
}

extension Int: JSONEncodable {
    public func encode(to writer: inout JSONWriter) { writer.append(integer: Int64(self)) }
}

extension Int64: JSONEncodable {
    public func encode(to writer: inout JSONWriter) { writer.append(integer: self) }
}

extension Double: JSONEncodable {
    /// The shortest form that reads back as the same number; a whole number that is exact stands without fraction. JSON has no
    /// word for infinities and NaN: they become `null`.
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
    public func encode(to writer: inout JSONWriter) {
        switch self {
        case .none: writer.raw("null".utf8)
        case .some(let value): value.encode(to: &writer)
        }
    }
}

extension Array: JSONEncodable where Element: JSONEncodable {
    public func encode(to writer: inout JSONWriter) {
        writer.array { for element in self { $0.element(element) } }
    }
}

extension JSONValue: JSONEncodable {
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
