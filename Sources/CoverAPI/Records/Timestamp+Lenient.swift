import CoverModel
import Jansson

extension Timestamp {
    /// Reads a time in every form that the API uses: ISO 8601 with or without a zone (then UTC), or milliseconds or
    /// seconds since 1970, as a number or in a string.
    init?(lenient value: JSONValue) {
        if let number = value.lenientNumber {
            self.init(sinceEpoch: number)
        } else if let text = value.string, let time = Timestamp(iso8601: Substring(text).trimmed) {
            self = time
        } else {
            return nil
        }
    }

    /// Numbers below 1e11 are seconds (up to the year 5138), and larger ones are milliseconds. The vendor's millisecond
    /// times are far above that.
    private init?(sinceEpoch number: Double) {
        let milliseconds = number.magnitude < 1e11 ? number * 1000 : number
        guard milliseconds > 0, milliseconds <= Double(Self.latest) else { return nil }
        self.init(milliseconds: Int64(milliseconds.rounded()))
    }

    /// The last millisecond of the year 9999, the last year that RFC 3339 can express.
    private static let latest: Int64 = 253_402_300_799_999
}
