public import Jansson

/// The id of a task. It is opaque: two ids are the same where their bytes are.
///
/// Swift's `String` compares by canonical equivalence, and would take "café" for the same id however its é is written; the API does not.
public struct TaskID: Sendable {
    /// The id as the API spells it.
    public let text: String

    public init(_ text: String) { self.text = text }

    /// An id has 1 to 256 characters, none of them a control character.
    public var isValid: Bool {
        // Nearly all are plain ASCII, of which this is known at once.
        if text.utf8.allSatisfy({ 0x20..<0x7F ~= $0 }) { return Limits.taskIdLengths ~= text.utf8.count }
        let scalars = text.unicodeScalars
        return Limits.taskIdLengths ~= scalars.count && scalars.allSatisfy { $0.properties.generalCategory != .control }
    }

    /// - Throws: `badRequest` for what is no id.
    package func check() throws(CoverError) {
        guard isValid else {
            throw CoverError(.badRequest, "A task's id has 1 to 256 characters, none of them a control character.")
        }
    }

    /// The id with every byte that RFC 3986 does not call unreserved as `%XX`.
    public var percentEncoded: String { String(percentEncoding: text, keeping: "") }
}

extension TaskID: Hashable, Comparable {
    public static func == (left: TaskID, right: TaskID) -> Bool {
        left.text.utf8.count == right.text.utf8.count && left.text.utf8.elementsEqual(right.text.utf8)
    }

    /// By bytes, in which Unicode's own order lies.
    public static func < (left: TaskID, right: TaskID) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }

    public func hash(into hasher: inout Hasher) {
        // Eight bytes at a time: the hasher's price is one per call.
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
    public init(stringLiteral text: String) { self.init(text) }

    public var description: String { text }

    public func encode(to writer: inout JSONWriter) { text.encode(to: &writer) }
}
