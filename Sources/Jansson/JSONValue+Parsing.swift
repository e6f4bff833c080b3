/// How to treat a number that fits neither `Int64` nor `Double`. jansson would reject the whole text because of it.
public enum OutsizedNumbers: Sendable {
    /// The number becomes ±1e308, which is representable and outside every sensible range.
    case clamped
    /// The number becomes a string of its own characters, so that nothing is lost.
    case quoted
}

extension JSONValue {
    /// Parses one JSON text.
    ///
    /// Strings may contain NUL characters, and the top-level value may be a scalar. Integers in the range of `Int64`
    /// are exact.
    ///
    /// - Parameters:
    ///   - bytes: UTF-8. They are not kept.
    ///   - maximumDepth: how deep arrays and objects may nest. This is checked before jansson runs, because jansson
    ///     recurses.
    ///   - rejectingDuplicates: whether the same name twice in one object is an error. Otherwise the last one wins.
    ///   - outsizedNumbers: how to treat numbers that fit no type.
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

    /// Parses a text whose depth the caller has checked.
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

    /// Parses one JSON text in an array; see ``init(parsing:maximumDepth:rejectingDuplicates:outsizedNumbers:)``.
    ///
    /// - Throws: ``JSONSyntaxError``.
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
    ///
    /// - Throws: ``JSONSyntaxError``.
    public init(parsing text: String) throws(JSONSyntaxError) {
        try self.init(parsing: Array(text.utf8))
    }
}

extension Array where Element == UInt8 {
    /// `withUnsafeBytes` that preserves the type of the error.
    package func withUnsafeBytesTyped<T, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> T) throws(E) -> T {
        let result: Result<T, E> = unsafe withUnsafeBytes { bytes in
            do throws(E) { return .success(try unsafe body(bytes)) } catch { return .failure(error) }
        }
        return try result.get()
    }
}
