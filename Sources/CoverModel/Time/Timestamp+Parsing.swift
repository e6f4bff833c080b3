extension Timestamp {
    /// Reads RFC 3339, the form of ``description``. Returns nil for anything else.
    public init?(rfc3339 text: String) {
        guard let (time, hasZone) = Self.parse(Substring(text)), hasZone else { return nil }
        self = time
    }

    /// Reads ISO 8601 with or without a zone. A time without a zone is UTC.
    package init?(iso8601 text: Substring) {
        guard let (time, _) = Self.parse(text) else { return nil }
        self = time
    }

    private static func parse(_ text: Substring) -> (time: Timestamp, hasZone: Bool)? {
        var cursor = TimeCursor(text)
        guard let year = cursor.digits(4), cursor.skip("-"), let month = cursor.digits(2), cursor.skip("-"),
            let day = cursor.digits(2), cursor.skip("T", "t", " "),
            let hour = cursor.digits(2), cursor.skip(":"), let minute = cursor.digits(2)
        else { return nil }
        var second: Int64 = 0
        var fraction: Int64 = 0
        if cursor.skip(":") {
            guard let digits = cursor.digits(2) else { return nil }
            second = digits
            if cursor.skip(".", ",") {
                guard let digits = cursor.milliseconds() else { return nil }
                fraction = digits
            }
        }
        _ = cursor.skip(" ")
        guard let zone = cursor.zone() else { return nil }

        let date = CivilDate(year: year, month: month, day: day)
        // A leap second counts as the second before it.
        guard CivilDate(daysSince1970: date.daysSince1970) == date, hour < 24, minute < 60, second <= 60 else {
            return nil
        }
        let seconds = (date.daysSince1970 * 24 + hour) * 3600 + minute * 60 + min(second, 59)
        return switch zone {
        case .absent: (Timestamp(milliseconds: seconds * 1000 + fraction), false)
        case .minutes(let minutes): (Timestamp(milliseconds: (seconds - minutes * 60) * 1000 + fraction), true)
        }
    }
}

/// Reads a time from left to right.
private struct TimeCursor {
    enum Zone {
        case absent
        /// Minutes east of Greenwich.
        case minutes(Int64)
    }

    /// A slice of an array, because the steps of a substring cost several times as much.
    private var rest: ArraySlice<UInt8>

    init(_ text: Substring) { rest = Array(text.utf8)[...] }

    mutating func digits(_ count: Int) -> Int64? {
        let digits = rest.prefix(count)
        guard digits.count == count, digits.allSatisfy(Self.isDigit) else { return nil }
        rest = rest.dropFirst(count)
        return digits.reduce(0) { $0 * 10 + Int64($1 - 0x30) }
    }

    mutating func skip(
        _ option: Unicode.Scalar,
        _ second: Unicode.Scalar? = nil,
        _ third: Unicode.Scalar? = nil
    ) -> Bool {
        guard let first = rest.first.map(Unicode.Scalar.init), first == option || first == second || first == third
        else { return false }
        rest = rest.dropFirst()
        return true
    }

    /// A fraction of any length, in milliseconds, rounded down.
    mutating func milliseconds() -> Int64? {
        let digits = rest.prefix(while: Self.isDigit)
        guard !digits.isEmpty else { return nil }
        rest = rest.dropFirst(digits.count)
        return (Array(digits.prefix(3)) + [0x30, 0x30]).prefix(3).reduce(0) { $0 * 10 + Int64($1 - 0x30) }
    }

    /// The offset at the end: `Z`, `+08:00`, `+0800`, `+08`, or nothing. Nil for anything else.
    mutating func zone() -> Zone? {
        if rest.isEmpty { return .absent }
        if skip("Z", "z") { return rest.isEmpty ? .minutes(0) : nil }
        let isWest = rest.first == UInt8(ascii: "-")
        guard skip("+", "-"), let hours = digits(2), hours < 24 else { return nil }
        var minutes: Int64 = 0
        if !rest.isEmpty {
            _ = skip(":")
            guard let digits = digits(2), digits < 60 else { return nil }
            minutes = digits
        }
        return rest.isEmpty ? .minutes((hours * 60 + minutes) * (isWest ? -1 : 1)) : nil
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }
}
