#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// One pass over a JSON text, made before jansson parses it. The pass finds how deep the text nests and where the
/// elements of a batch are. It also finds the exact bytes of one top-level member, because parsing would lose them.
///
/// The pass does not validate the text. On a malformed text its results are harmless, and jansson rejects the text
/// afterwards.
package struct JSONScan {
    package enum Shape: Sendable { case object, array, scalar, empty }

    /// The kind of the text, judged by its first byte.
    package private(set) var shape: Shape = .empty
    /// The deepest nesting of arrays and objects.
    package private(set) var depth = 0
    /// The ranges of the elements of a top-level array, without the commas; at most `maximumElements`.
    package private(set) var elements: [Range<Int>] = []
    /// How many elements a top-level array has.
    package private(set) var elementCount = 0
    /// The range of the value of the wanted member of a top-level object. Nil unless the member occurs exactly once.
    package var member: Range<Int>? { memberCount == 1 ? memberRange : nil }
    /// Whether the wanted member is there, once or more often.
    package var hasMember: Bool { memberCount > 0 }

    /// The number of members of all objects in the text. A name that occurs twice counts twice.
    package private(set) var nameCount = 0

    private var memberRange = 0..<0
    private var memberCount = 0
    /// Whether the top-level array or object ends with its own kind of bracket, followed by blanks only.
    package private(set) var isClosed = false

    /// - Parameters:
    ///   - bytes: the text. It is not kept.
    ///   - name: the member to find in a top-level object, in ASCII. Escapes in the text do not matter.
    ///   - maximumElements: how many elements of a top-level array to record.
    package init(_ bytes: UnsafeRawBufferPointer, member name: StaticString, maximumElements: Int) {
        guard let base = bytes.baseAddress else { return }
        let count = bytes.count
        var index = unsafe Self.trimmed(base, 0..<count).lowerBound
        guard index < count else { return }
        switch unsafe base.load(fromByteOffset: index, as: UInt8.self) {
        case UInt8(ascii: "{"): shape = .object
        case UInt8(ascii: "["): shape = .array
        default:
            shape = .scalar
            return
        }
        index += 1
        var level = 1
        depth = 1
        var structural = StructuralBytes(level)
        var partStart = index  // of the current element or member value
        var awaitsName = shape == .object
        var isWanted = false

        while index < count {
            let byte = unsafe base.load(fromByteOffset: index, as: UInt8.self)
            guard structural.contains(byte) else {
                index &+= 1
                continue
            }
            switch byte {
            case UInt8(ascii: "\""):
                let (end, isEscaped) = unsafe Self.endOfString(base, count, from: index)
                if awaitsName, level == 1 {
                    let quoted = unsafe UnsafeRawBufferPointer(start: base + index, count: end - index)
                    isWanted = unsafe isEscaped ? Self.spells(quoted, name) : quoted.dropQuotes.equals(name)
                    awaitsName = false
                }
                index = end
                continue
            case UInt8(ascii: ":"):
                nameCount += 1
                if level == 1, shape == .object { partStart = index + 1 }
            case UInt8(ascii: ","):
                let part = partStart..<index
                if shape == .array { unsafe note(Self.trimmed(base, part), maximumElements) }
                if isWanted { unsafe noteMember(Self.trimmed(base, part)) }
                isWanted = false
                awaitsName = shape == .object
                partStart = index + 1
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                level += 1
                depth = max(depth, level)
                structural = StructuralBytes(level)
            default:  // } and ]
                level -= 1
                structural = StructuralBytes(level)
                guard level == 0 else { break }
                let part = unsafe Self.trimmed(base, partStart..<index)
                if shape == .array, elementCount > 0 || !part.isEmpty { note(part, maximumElements) }
                if isWanted { noteMember(part) }
                let closer = shape == .object ? UInt8(ascii: "}") : UInt8(ascii: "]")
                isClosed = unsafe byte == closer && Self.trimmed(base, index + 1..<count).isEmpty
                return
            }
            index &+= 1
        }
    }

    /// The bytes that matter to the pass: brackets, quotes, colons, and commas at the top level. A lookup in a set of
    /// 128 bits replaces a chain of comparisons, because most bytes are none of these.
    private struct StructuralBytes {
        private static let low: UInt64 = 1 << 0x22 | 1 << 0x3A
        private static let high: UInt64 = 1 << (0x5B - 64) | 1 << (0x5D - 64) | 1 << (0x7B - 64) | 1 << (0x7D - 64)

        private let low: UInt64

        init(_ level: Int) { low = level == 1 ? Self.low | 1 << 0x2C : Self.low }

        func contains(_ byte: UInt8) -> Bool {
            byte < 128 && (byte < 64 ? low : Self.high) &>> UInt64(byte & 63) & 1 == 1
        }
    }

    private mutating func note(_ part: Range<Int>, _ maximumElements: Int) {
        elementCount += 1
        if elements.count < maximumElements { elements.append(part) }
    }

    private mutating func noteMember(_ part: Range<Int>) {
        memberCount += 1
        memberRange = part
    }

    private static func trimmed(_ base: UnsafeRawPointer, _ range: Range<Int>) -> Range<Int> {
        func isBlank(_ index: Int) -> Bool {
            let byte = unsafe base.load(fromByteOffset: index, as: UInt8.self)
            return byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D  // JSON allows no other blanks.
        }
        var (lower, upper) = (range.lowerBound, range.upperBound)
        while lower < upper, isBlank(lower) { lower += 1 }
        while lower < upper, isBlank(upper - 1) { upper -= 1 }
        return lower..<upper
    }

    /// The offset behind the quote that closes the string opened at `start`, and whether the string contains a
    /// backslash. The function reads eight bytes at a time, because most of a large message is inside strings.
    private static func endOfString(
        _ base: UnsafeRawPointer,
        _ count: Int,
        from start: Int
    ) -> (end: Int, isEscaped: Bool) {
        var index = start + 1
        var isEscaped = false
        while index < count {
            while index + 8 <= count {
                let word = unsafe base.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                let hits = bytesEqual(word, UInt8(ascii: "\"")) | bytesEqual(word, UInt8(ascii: "\\"))
                if hits != 0 {
                    index += UInt64(littleEndian: hits).trailingZeroBitCount / 8
                    break
                }
                index += 8
            }
            guard index < count else { break }
            switch unsafe base.load(fromByteOffset: index, as: UInt8.self) {
            case UInt8(ascii: "\""): return (index + 1, isEscaped)
            case UInt8(ascii: "\\"):
                index += 2
                isEscaped = true
            default: index += 1
            }
        }
        return (count, isEscaped)
    }

    /// The high bit of each byte of `word` that equals `byte`. Bits above the lowest hit may be wrong, so only the
    /// lowest is used.
    private static func bytesEqual(_ word: UInt64, _ byte: UInt8) -> UInt64 {
        let difference = word ^ (0x0101_0101_0101_0101 &* UInt64(byte))
        return (difference &- 0x0101_0101_0101_0101) & ~difference & 0x8080_8080_8080_8080
    }

    /// Whether the quoted bytes spell `name`, with any of its characters escaped. Escaped names are rare, so this
    /// function is separate from the fast pass.
    @inline(never)
    private static func spells(_ quoted: UnsafeRawBufferPointer, _ name: StaticString) -> Bool {
        // A character of the name takes six bytes at most, as in \u0069.
        guard quoted.count <= 6 * name.utf8CodeUnitCount + 2 else { return false }
        let decoded = unsafe try? JSONValue(
            parsingShallow: quoted,
            rejectingDuplicates: false,
            outsizedNumbers: .clamped
        )
        return decoded?.string == name.description
    }
}

extension UnsafeRawBufferPointer {
    /// These bytes without the first and the last one.
    fileprivate var dropQuotes: UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(rebasing: dropFirst().dropLast())
    }

    /// Whether these bytes equal an ASCII text.
    package func equals(_ text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount, let start = baseAddress else { return false }
        return unsafe memcmp(start, text.utf8Start, count) == 0
    }
}
