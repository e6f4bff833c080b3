package import CoverModel

/// The `Retry-After` header: seconds, or a date.
enum RetryAfter {
    /// The seconds to wait if the header cannot be understood, because the server wants some pause. The number is that of a
    /// first pause after a 429 without the header.
    static let unreadable = 5.0

    /// The longest pause that an answer may ask for, in seconds.
    static let limit = 600.0

    /// The seconds to wait, 0...600; nil if the header is absent.
    ///
    /// - Parameters:
    ///   - head: the head of the answer.
    ///   - now: the time of this machine's clock.
    static func seconds(_ head: ExchangeHead, now: Timestamp) -> Double? {
        head["retry-after"].map {
            seconds($0, now: head["date"].flatMap { Timestamp(httpDate: $0[...]) } ?? now) ?? unreadable
        }
    }

    /// The seconds to wait, 0...600; nil if the header cannot be understood.
    ///
    /// - Parameters:
    ///   - header: the value of the header.
    ///   - now: the current time of the server's clock if its answer has a date; otherwise of this machine's clock.
    static func seconds(_ header: String, now: Timestamp) -> Double? {
        let text = Substring(header).trimmed
        // A proxy that joins two headers makes a list of them.
        let first = text.prefix { $0 != "," }.trimmed
        if first.utf8.allSatisfy({ "0123456789.".utf8.contains($0) }), let seconds = Double(first) {
            return min(seconds, limit)
        }
        guard let date = Timestamp(httpDate: text) ?? Timestamp(iso8601: text) else { return nil }
        return min(max(0, now.duration(to: date).inSeconds), limit)
    }
}

extension Timestamp {
    /// Reads an HTTP date in each form of RFC 9110: `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT`
    /// and `Sun Nov  6 08:49:37 1994`.
    package init?(httpDate text: Substring) {
        var parts = text.split { $0 == " " || $0 == "," || $0 == "-" }
        // The asctime form of C has the year at the end, and no zone.
        if parts.count == 5 { parts = [parts[0], parts[2], parts[1], parts[4], parts[3], "GMT"] }
        // The split has removed the sign of `-0000`, with which RFC 5322 writes a UTC of an unknown zone.
        guard parts.count == 6, ["GMT", "UTC", "UT", "Z", "+0000", "0000"].contains(parts[5].uppercased()),
            let day = Int64(parts[1]), let number = Int64(parts[3]), number >= 0,
            let month = Self.months.firstIndex(of: parts[2].lowercased())
        else { return nil }
        // A year of two digits belongs to this century up to 69, and to the last one from 70.
        let year = parts[3].count == 2 ? number + (number < 70 ? 2000 : 1900) : number
        guard (1970...9999).contains(year) else { return nil }
        let clock = parts[4].split(separator: ":").compactMap { Int64($0) }
        let date = CivilDate(year: year, month: Int64(month) + 1, day: day)
        guard clock.count == 3, (0..<24).contains(clock[0]), (0..<60).contains(clock[1]), (0...60).contains(clock[2]),
            (1...31).contains(day), CivilDate(daysSince1970: date.daysSince1970) == date
        else { return nil }
        let seconds = (date.daysSince1970 * 24 + clock[0]) * 3600 + clock[1] * 60 + min(clock[2], 59)
        self.init(milliseconds: seconds * 1000)
    }

    private static let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
}
