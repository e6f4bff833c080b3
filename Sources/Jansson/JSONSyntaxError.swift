/// Why a text is not JSON, or is JSON that this parser rejects.
public struct JSONSyntaxError: Error, Sendable, Hashable, CustomStringConvertible {
    /// A kind of syntax error.
    public struct Reason: Sendable, Hashable {
        /// A phrase that completes "this text has …" or stands alone. It never contains a part of the text.
        public let phrase: String

        /// The text breaks JSON's grammar.
        public static let invalidSyntax = Reason(phrase: "invalid syntax")
        /// The text ends inside a value.
        public static let truncated = Reason(phrase: "the text ends too early")
        /// More text follows the value.
        public static let trailingText = Reason(phrase: "text after the value")
        /// A string is not valid UTF-8.
        public static let invalidUTF8 = Reason(phrase: "invalid UTF-8")
        /// The name of a member contains U+0000, which jansson does not support in names.
        public static let nulInName = Reason(phrase: "a NUL character in a member's name")
        /// An object has the same name twice, and the caller rejects duplicates.
        public static let duplicateName = Reason(phrase: "a member's name twice in one object")
        /// Arrays and objects are nested deeper than the caller allows.
        public static let tooDeep = Reason(phrase: "too many nested arrays and objects")
        /// Memory ran out during parsing.
        public static let outOfMemory = Reason(phrase: "too large for the memory at hand")
    }

    /// What is wrong.
    public let reason: Reason
    /// The offset in bytes from the start of the text to the place where the error was noticed.
    public let offset: Int

    /// - Parameters:
    ///   - reason: what is wrong.
    ///   - offset: the offset in bytes from the start of the text.
    public init(_ reason: Reason, offset: Int) {
        self.reason = reason
        self.offset = offset
    }

    /// The reason and the offset, as in `invalid syntax at byte 7`.
    public var description: String { "\(reason.phrase) at byte \(offset)" }
}
