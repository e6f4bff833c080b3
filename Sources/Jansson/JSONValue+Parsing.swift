/// What to make of a number that neither `Int64` nor `Double` can hold, and over which jansson would refuse the whole text.
public enum OutsizedNumbers: Sendable {
    /// It becomes the nearest number that is representable and absurd, ±1e308: a number still, and out of every range.
    case clamped
    /// It becomes a string of its own characters, so that nothing of it is lost.
    case quoted
}

extension JSONValue {
    /// Parses one JSON text.
    ///
    /// NUL characters are allowed in strings, scalars at the top too. Integers are exact in the range of `Int64`.
    ///
    /// - Parameters:
    ///   - bytes: UTF-8. Not kept.
    ///   - maximumDepth: how many arrays and objects may stand in each other. Checked before jansson, which recurses.
    ///   - rejectingDuplicates: whether a name twice in one object is an error; otherwise the last one wins.
    ///   - outsizedNumbers: what becomes of numbers that cannot be held.
    /// - Throws: ``JSONSyntaxError``.
    public init(
        parsing bytes: UnsafeRawBufferPointer,
        maximumDepth: Int = 64,
        rejectingDuplicates: Bool = false,
        outsizedNumbers: OutsizedNumbers = .quoted
    ) throws(JSONSyntaxError) {
        let scan = unsafe JSONScan(bytes, member: "", maximumElements: 0)
        guard scan.depth <= maximumDepth else { throw JSONSyntaxError(.tooDeep, offset: 0) }
        try unsafe self.init(
            parsingShallow: bytes,
            rejectingDuplicates: rejectingDuplicates,
            outsizedNumbers: outsizedNumbers
        )
    }

    /// Parses a text whose depth is known to be harmless.
    package init(
        parsingShallow bytes: UnsafeRawBufferPointer,
        rejectingDuplicates: Bool,
        outsizedNumbers: OutsizedNumbers
    ) throws(JSONSyntaxError) {
        let text = try unsafe ParsedText(
            bytes,
            rejectingDuplicates: rejectingDuplicates,
            outsizedNumbers: outsizedNumbers
        )
        self = text.value()
    }

    /// Parses one JSON text held in an array; see ``init(parsing:maximumDepth:rejectingDuplicates:outsizedNumbers:)``.
    public init(
        parsing bytes: [UInt8],
        maximumDepth: Int = 64,
        rejectingDuplicates: Bool = false,
        outsizedNumbers: OutsizedNumbers = .quoted
    ) throws(JSONSyntaxError) {
        self = try unsafe bytes.withUnsafeBytesTyped { bytes throws(JSONSyntaxError) in
            try unsafe JSONValue(
                parsing: bytes,
                maximumDepth: maximumDepth,
                rejectingDuplicates: rejectingDuplicates,
                outsizedNumbers: outsizedNumbers
            )
        }
    }

    /// Parses one JSON text; see ``init(parsing:maximumDepth:rejectingDuplicates:outsizedNumbers:)``.
    public init(parsing text: String) throws(JSONSyntaxError) {
        try self.init(parsing: Array(text.utf8))
    }
}

extension Array where Element == UInt8 {
    /// `withUnsafeBytes` that keeps the type of the error.
    package func withUnsafeBytesTyped<T, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> T) throws(E) -> T {
        let result: Result<T, E> = unsafe withUnsafeBytes { bytes in
            do throws(E) { return .success(try unsafe body(bytes)) } catch { return .failure(error) }
        }
        return try result.get()
    }
}
