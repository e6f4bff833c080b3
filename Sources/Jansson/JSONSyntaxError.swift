/// Why a text is no JSON, or none that can be taken.
public struct JSONSyntaxError: Error, Sendable, Hashable, CustomStringConvertible {
    public struct Reason: Sendable, Hashable {
        /// A phrase that completes "this text has …" or stands alone; never a part of the text itself.
        public let phrase: String

        public static let invalidSyntax = Reason(phrase: "invalid syntax")
        public static let truncated = Reason(phrase: "the text ends too early")
        public static let trailingText = Reason(phrase: "text after the value")
        public static let invalidUTF8 = Reason(phrase: "invalid UTF-8")
        public static let nulInName = Reason(phrase: "a NUL character in a member's name")
        public static let duplicateName = Reason(phrase: "a member's name twice in one object")
        public static let tooDeep = Reason(phrase: "too many nested arrays and objects")
        public static let outOfMemory = Reason(phrase: "too large for the memory at hand")
    }

    public let reason: Reason
    /// Bytes from the start of the text to where the fault was noticed.
    public let offset: Int

    public init(_ reason: Reason, offset: Int) {
        self.reason = reason
        self.offset = offset
    }

    public var description: String { "\(reason.phrase) at byte \(offset)" }
}
