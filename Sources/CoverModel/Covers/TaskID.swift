public import Jansson

/// The id of a task. It is opaque: two ids are equal if their bytes are equal.
///
/// Swift's `String` compares by canonical equivalence: it treats two spellings of the é in "café" as equal. The API
/// does not.
public struct TaskID: Sendable {
    /// The id as the API writes it.
    public let text: String

    /// - Parameter text: the id as the API writes it.
    public init(_ text: String) { self.text = text }

    /// Whether the id has 1 to 256 characters, none of them a control character.
    public var isValid: Bool {
        // Nearly all ids are plain ASCII, for which this test is fast.
        if text.utf8.allSatisfy({ 0x20..<0x7F ~= $0 }) { return Limits.taskIdLengths ~= text.utf8.count }
        let scalars = text.unicodeScalars
        return Limits.taskIdLengths ~= scalars.count && scalars.allSatisfy { $0.properties.generalCategory != .control }
    }

    /// - Throws: `badRequest` if this is not a valid id.
    package func check() throws(CoverError) {
        guard isValid else {
            throw CoverError(.badRequest, "A task's id has 1 to 256 characters, none of them a control character.")
        }
    }

    /// The id, with every byte that RFC 3986 does not call unreserved written as `%XX`.
    public var percentEncoded: String { String(percentEncoding: text, keeping: "") }
}

extension TaskID: Hashable, Comparable {
    /// Whether two ids have the same bytes.
    public static func == (left: TaskID, right: TaskID) -> Bool {
        left.text.utf8.count == right.text.utf8.count && left.text.utf8.elementsEqual(right.text.utf8)
    }

    /// Compares by bytes, which is also the order of Unicode code points.
    public static func < (left: TaskID, right: TaskID) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }

    /// Hashes the bytes.
    public func hash(into hasher: inout Hasher) {
        // Eight bytes go into the hasher at a time, because each call to it has a fixed cost.
        var word: UInt64 = 0
        var count = 0
        for byte in text.utf8 {
            word = word << 8 | UInt64(byte)
            count += 1
            if count.isMultiple(of: 8) { hasher.combine(word) }
        }
        hasher.combine(word)
        hasher.combine(count)
    }
}

extension TaskID: ExpressibleByStringInterpolation, CustomStringConvertible, JSONEncodable {
    /// - Parameter text: the id as the API writes it.
    public init(stringLiteral text: String) { self.init(text) }

    /// The id as the API writes it.
    public var description: String { text }

    /// Writes a JSON string.
    public func encode(to writer: inout JSONWriter) { text.encode(to: &writer) }
}
