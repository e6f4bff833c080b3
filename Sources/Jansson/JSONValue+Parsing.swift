internal import CJansson

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
        let outline = unsafe JSONOutline(bytes, member: "", maximumElements: 0)
        guard outline.depth <= maximumDepth else { throw JSONSyntaxError(.tooDeep, offset: 0) }
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
        let flags = JSON_DECODE_ANY | JSON_ALLOW_NUL | (rejectingDuplicates ? JSON_REJECT_DUPLICATES : 0)
        do throws(JanssonFailure) {
            self = try unsafe JSONValue(root: JSONTree(loading: bytes, flags: flags))
        } catch {
            guard error.code == json_error_numeric_overflow else { throw JSONSyntaxError(error) }
            let tamed = unsafe OutsizedNumberRewriter.rewrite(bytes, outsizedNumbers)
            do throws(JanssonFailure) {
                let tree = try unsafe tamed.withUnsafeBytesTyped { bytes throws(JanssonFailure) in
                    try unsafe JSONTree(loading: bytes, flags: flags)
                }
                self = JSONValue(root: tree)
            } catch {
                // Offsets speak of the rewritten text, which is at least as long where a number was replaced.
                throw JSONSyntaxError(error)
            }
        }
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

/// jansson's hash seed is made on first use and without a lock: made here, once, before any thread can race for it.
private let seeded: Void = json_object_seed(0)

struct JanssonFailure: Error {
    let code: json_error_code
    let offset: Int
}

extension JSONTree {
    convenience init(loading bytes: UnsafeRawBufferPointer, flags: Int32) throws(JanssonFailure) {
        _ = seeded
        var failure = json_error_t()
        // A null buffer would be an invalid argument; no bytes are a text that ends too early.
        let start = unsafe bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
        guard let start = unsafe start else {
            throw JanssonFailure(code: json_error_premature_end_of_input, offset: 0)
        }
        guard let root = unsafe json_loadb(start, bytes.count, Int(flags), &failure) else {
            throw unsafe JanssonFailure(
                code: cjansson_error_code(&failure),
                offset: Int(max(0, failure.position))
            )
        }
        unsafe self.init(adopting: root)
    }
}

extension JSONSyntaxError {
    init(_ failure: JanssonFailure) {
        let reason: Reason =
            switch failure.code {
            case json_error_premature_end_of_input: .truncated
            case json_error_end_of_input_expected: .trailingText
            case json_error_invalid_utf8: .invalidUTF8
            case json_error_null_byte_in_key: .nulInName
            case json_error_duplicate_key: .duplicateName
            case json_error_stack_overflow: .tooDeep
            case json_error_out_of_memory: .outOfMemory
            default: .invalidSyntax
            }
        self.init(reason, offset: failure.offset)
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
