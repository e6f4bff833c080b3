import CoverModel
import Jansson

extension Timestamp {
    /// Reads a time in every form that the API uses, as a number or as a string. The forms are ISO 8601, the 14 digits
    /// of such a time alone, and milliseconds or seconds since 1970. A time without a zone is in UTC. Nil for a time
    /// outside of ``credible``.
    init?(lenient value: JSONValue) {
        let digits = value.string.map { Substring($0).trimmed } ?? value.integer.map { Substring(String($0)) }
        guard let time = digits.flatMap(Self.init(compact:)) ?? Self.time(of: value), Self.credible.contains(time)
        else { return nil }
        self = time
    }

    /// The times that a record may have. The service is younger than 2000, so an earlier time is a placeholder, such as
    /// the zero time of Go. RFC 3339 ends with the year 9999, and the expiry of the images must also be before its end.
    private static let credible: ClosedRange<Timestamp> =
        Timestamp(
            milliseconds: 946_684_800_000
        )...Timestamp(milliseconds: latest).advanced(by: .zero - ImageExpiry.retention)

    /// The last millisecond of the year 9999.
    private static let latest: Int64 = 253_402_300_799_999

    private static func time(of value: JSONValue) -> Timestamp? {
        if let number = value.lenientNumber { return Timestamp(sinceEpoch: number) }
        return value.string.flatMap { Timestamp(iso8601: Substring($0).trimmed) }
    }

    /// Reads `20261120103301`. As milliseconds since 1970, such a number would be a time after the year 2286.
    private init?(compact digits: Substring) {
        guard digits.utf8.count == 14, digits.utf8.allSatisfy({ 0x30...0x39 ~= $0 }) else { return nil }
        var text = ""
        for (index, digit) in digits.enumerated() {
            switch index {
            case 4, 6: text += "-"
            case 8: text += "T"
            case 10, 12: text += ":"
            default: break
            }
            text.append(digit)
        }
        self.init(iso8601: text[...])
    }

    /// Numbers below 1e11 are seconds (up to the year 5138), and larger ones are milliseconds. The vendor's millisecond
    /// times are far above that.
    private init?(sinceEpoch number: Double) {
        let milliseconds = number.magnitude < 1e11 ? number * 1000 : number
        guard milliseconds > 0, milliseconds <= Double(Self.latest) else { return nil }
        self.init(milliseconds: Int64(milliseconds.rounded()))
    }
}
