public import Jansson

/// A time of the wall clock, in whole milliseconds since 1970-01-01T00:00:00Z.
public struct Timestamp: Sendable, Hashable, Comparable {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    public let milliseconds: Int64

    /// - Parameter milliseconds: milliseconds since 1970-01-01T00:00:00Z.
    public init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    /// Whether the left time is earlier.
    public static func < (left: Timestamp, right: Timestamp) -> Bool { left.milliseconds < right.milliseconds }

    /// This time plus a duration. The result is clamped to the representable range.
    public func advanced(by duration: Duration) -> Timestamp {
        let (sum, overflow) = milliseconds.addingReportingOverflow(duration.wholeMilliseconds)
        return Timestamp(milliseconds: overflow ? (duration < .zero ? .min : .max) : sum)
    }

    /// The duration from this time to `other`; negative if `other` is earlier.
    public func duration(to other: Timestamp) -> Duration {
        .milliseconds(other.milliseconds.subtractingReportingOverflow(milliseconds).partialValue)
    }
}

extension Duration {
    /// Whole milliseconds, rounded down and clamped to the range of `Int64`.
    public var wholeMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1000)
        guard !overflow else { return seconds < 0 ? .min : .max }
        return scaled.addingReportingOverflow(attoseconds / 1_000_000_000_000_000).partialValue
    }

    /// Seconds with a fraction, for JSON.
    public var inSeconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) + Double(attoseconds) / 1e18
    }
}

extension Timestamp: CustomStringConvertible, JSONEncodable {
    /// RFC 3339 in UTC with milliseconds, as in `2025-01-15T10:35:27.000Z`.
    public var description: String { String(decoding: quotedText.dropFirst().dropLast(), as: UTF8.self) }

    /// The characters of ``description`` between quotes, as JSON writes them.
    private var quotedText: [UInt8] {
        let (days, inDay) = Self.floorDivide(milliseconds, 86_400_000)
        let date = CivilDate(daysSince1970: days)
        let seconds = inDay / 1000
        var text: [UInt8] = []
        text.reserveCapacity(32)
        text.append(UInt8(ascii: "\""))
        Self.append(date.year, 4, "-", to: &text)
        Self.append(date.month, 2, "-", to: &text)
        Self.append(date.day, 2, "T", to: &text)
        Self.append(seconds / 3600, 2, ":", to: &text)
        Self.append(seconds / 60 % 60, 2, ":", to: &text)
        Self.append(seconds % 60, 2, ".", to: &text)
        Self.append(inDay % 1000, 3, "Z", to: &text)
        text.append(UInt8(ascii: "\""))
        return text
    }

    /// Writes a JSON string in the form of ``description``.
    public func encode(to writer: inout JSONWriter) { writer.raw(quotedText) }

    private static func floorDivide(_ value: Int64, _ divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }

    /// Writes a number with at least `width` digits, and the character after it. Building strings would cost more than
    /// all other work on a status.
    private static func append(_ value: Int64, _ width: Int, _ end: Unicode.Scalar, to text: inout [UInt8]) {
        if value < 0 { text.append(UInt8(ascii: "-")) }
        var divisor: UInt64 = 1
        for _ in 1..<width { divisor *= 10 }
        while value.magnitude / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            text.append(UInt8(ascii: "0") + UInt8(value.magnitude / divisor % 10))
            divisor /= 10
        }
        text.append(UInt8(ascii: end))
    }
}
