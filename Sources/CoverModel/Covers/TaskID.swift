public import Jansson

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

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
            throw CoverError(.badRequest, "A task's id has \(Self.rule); this one \(fault).")
        }
    }

    /// What a valid id has.
    package static var rule: String {
        "\(Limits.taskIdLengths.lowerBound) to \(Limits.taskIdLengths.upperBound) characters, none of them a control character"
    }

    /// Why an id is not valid, in words after "this one". The words do not contain the id.
    package var fault: String {
        let scalars = text.unicodeScalars
        if scalars.isEmpty { return "is empty" }
        guard let place = scalars.firstIndex(where: { $0.properties.generalCategory == .control }) else {
            // A caller may have cut a very long text.
            return "has more than \(Limits.taskIdLengths.upperBound)"
        }
        let name = ["\n": "a line break", "\r": "a carriage return", "\t": "a tab", "\0": "a NUL"][scalars[place]]
        let isLast = scalars.index(after: place) == scalars.endIndex
        return
            "\(isLast ? "ends with" : "has") \(name ?? "the control character \(scalars[place].codePoint)")\(isLast ? "; leave it out" : "")"
    }

    /// The id, with every byte that RFC 3986 does not call unreserved written as `%XX`.
    public var percentEncoded: String { String(percentEncoding: text, keeping: "") }
}

extension TaskID: Hashable, Comparable {
    /// Whether two ids have the same bytes.
    public static func == (left: TaskID, right: TaskID) -> Bool {
        unsafe left.withBytes { left in
            unsafe right.withBytes { right in
                guard left.count == right.count else { return false }
                guard let start = left.baseAddress, let other = right.baseAddress else { return true }
                return unsafe memcmp(start, other, left.count) == 0
            }
        }
    }

    /// Compares by bytes, which is also the order of Unicode code points.
    public static func < (left: TaskID, right: TaskID) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }

    /// Hashes the bytes.
    public func hash(into hasher: inout Hasher) {
        unsafe withBytes { unsafe hasher.combine(bytes: $0) }
        hasher.combine(text.utf8.count)
    }

    /// Calls `body` with the bytes in one piece. Each query looks ids up in several tables, and a loop over the
    /// characters would cost more than the rest of a look-up.
    private func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        var text = text
        return text.withUTF8 { unsafe body(UnsafeRawBufferPointer($0)) }
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
