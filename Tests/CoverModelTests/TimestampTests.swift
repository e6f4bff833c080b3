import CoverModel
import Jansson
import Testing

struct TimestampTests {
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0), ("2025-01-15T10:33:01.000Z", 1_736_937_181_000),
        ("2025-01-15T10:33:01.1239Z", 1_736_937_181_123), ("2025-01-15T18:33:01+08:00", 1_736_937_181_000),
        ("2025-01-15t03:03:01-07:30", 1_736_937_181_000), ("1969-12-31T23:59:59.999Z", -1),
        ("2024-02-29T00:00:00Z", 1_709_164_800_000), ("2016-12-31T23:59:60Z", 1_483_228_799_000),
    ])
    func readsRFC3339(_ text: String, _ milliseconds: Int64) {
        #expect(Timestamp(rfc3339: text)?.milliseconds == milliseconds)
    }

    @Test(arguments: [
        "", "2025", "2025-01-15", "2025-01-15T10:33:01", "2025-02-29T00:00:00Z", "2025-13-01T00:00:00Z",
        "2025-00-01T00:00:00Z", "2025-01-15T24:00:00Z", "2025-01-15T10:60:00Z", "2025-01-15T10:33:01.Z",
        "2025-01-15T10:33:01Zx", "2025-01-15T10:33:01+8", "+025-01-15T10:33:01Z", "٢٠٢٥-01-15T10:33:01Z",
    ])
    func refuses(_ text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }

    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000Z"), (1_736_937_181_023, "2025-01-15T10:33:01.023Z"),
        (-1, "1969-12-31T23:59:59.999Z"), (253_402_300_800_000, "10000-01-01T00:00:00.000Z"),
    ])
    func writesRFC3339(_ milliseconds: Int64, _ text: String) {
        #expect(Timestamp(milliseconds: milliseconds).description == text)
    }

    @Test func readsWhatItWrites() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<2000 {
            let time = Timestamp(milliseconds: .random(in: -62_135_596_800_000...253_402_300_799_999, using: &random))
            #expect(Timestamp(rfc3339: time.description) == time)
            #expect(time.jsonText == "\"\(time)\"")
        }
    }
}
