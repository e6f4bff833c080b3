import CoverModel
import Testing

@testable import CoverSandbox

@Suite struct SandboxTextTests {
    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"),
            (1_736_937_181_000, "2025-01-15T10:33:01.000Z"),
            (1_709_164_800_007, "2024-02-29T00:00:00.007Z"),
            (-5, "1970-01-01T00:00:00.000Z"),
        ] as [(Int64, String)]
    )
    func writesTimes(milliseconds: Int64, text: String) {
        #expect(SandboxTimestamp.text(milliseconds) == text)
    }

    /// The client and the sandbox have separate code that formats times. Both must give the same text for all times
    /// over 400 years.
    @Test func writesTimesAsTheClientDoes() {
        for milliseconds in stride(from: Int64(0), to: 12_622_780_800_000, by: 86_400_000 * 5 + 12_345_678) {
            #expect(SandboxTimestamp.text(milliseconds) == Timestamp(milliseconds: milliseconds).description)
        }
    }

    @Test(arguments: [
        ("success-6s", "success-6s"),
        ("a b/c?d&e=f+g%h", "a%20b%2Fc%3Fd%26e%3Df%2Bg%25h"),
        ("é日🎵", "%C3%A9%E6%97%A5%F0%9F%8E%B5"),
        ("", ""),
    ])
    func percentEncodes(text: String, encoded: String) {
        #expect(PercentCoding.encode(text) == encoded)
        #expect(PercentCoding.decode(encoded) == text)
        #expect(PercentCoding.decode(encoded.lowercased(), plusIsSpace: true) == text.lowercased())
    }

    @Test(arguments: [
        ("100%", "100%"), ("%4", "%4"), ("%zz", "%zz"), ("%%41", "%A"), ("a+b", "a b"), ("%2B", "+"),
        ("%FF", "\u{FFFD}"),
    ])
    func decodesMalformedPercentCoding(encoded: String, text: String) {
        #expect(PercentCoding.decode(encoded, plusIsSpace: true) == text)
    }
}
