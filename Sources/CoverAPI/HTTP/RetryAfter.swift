package import CoverModel

/// The `Retry-After` header: seconds, or a date.
enum RetryAfter {
    /// No answer may silence a client for longer.
    static let limit = 600.0

    /// In how many seconds to ask again, 0...600; nil where the header says nothing that can be understood.
    ///
    /// - Parameter now: the time on the clock by which a date was meant: the server's, where its answer tells it.
    static func seconds(_ header: String, now: Timestamp) -> Double? {
        let text = Substring(header).trimmed
        if text.utf8.allSatisfy({ "0123456789.".utf8.contains($0) }), let seconds = Double(text), seconds >= 0 {
            return min(seconds, limit)
        }
        guard let date = Timestamp(httpDate: text) else { return nil }
        return min(max(0, now.duration(to: date).inSeconds), limit)
    }
}

extension Timestamp {
    /// Reads the date of HTTP in each form of RFC 9110: `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT` and
    /// `Sun Nov  6 08:49:37 1994`.
    package init?(httpDate text: Substring) {
        var parts = text.split { $0 == " " || $0 == "," || $0 == "-" }
        // The form of C's asctime has the year at its end, and no zone.
        if parts.count == 5 { parts = [parts[0], parts[2], parts[1], parts[4], parts[3], "GMT"] }
        guard parts.count == 6, ["GMT", "UTC", "+0000"].contains(parts[5].uppercased()),
            let day = Int64(parts[1]), let number = Int64(parts[3]), number >= 0,
            let month = Self.months.firstIndex(of: parts[2].lowercased())
        else { return nil }
        // Two digits are of this century, or of the one in which the form was given up.
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
