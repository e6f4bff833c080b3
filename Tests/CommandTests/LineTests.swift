import CoverAPI
import CoverModel
import CoverTerminal
import Testing

@testable import cover_bridge

struct LineTests {
    @Test(arguments: [
        (60, "[########------------------------] saving 3 cover tasks 25%"), (25, "saving 3 cover tasks 25%"),
        (24, "[##--------] saving 25%"), (12, "saving 25%"), (8, "25%"), (3, "2…"),
    ])
    func theProgressOfDownloads(width: Int, expected: String) {
        let line = Palette.plain.render(ProgressLine.line(0.25, tasks: 3, width: width))
        #expect(line == expected)
        #expect(line.columns < width)
    }

    @Test(arguments: [
        ("Sun, 06 Nov 1994 08:49:37 GMT", 0, "ok"), ("Sun, 06 Nov 1994 08:49:37 GMT", 90, "warning"),
        ("Sun, 06 Nov 1994 08:49:37 GMT", -3600, "warning"), ("yesterday", 0, "warning"),
    ])
    func clockSkew(date: String, ahead: Int, grade: String) throws {
        let server = try #require(Timestamp(rfc3339: "1994-11-06T08:49:37.500Z"))
        let result = DoctorChecks.clock(date, now: server.advanced(by: .seconds(ahead)))
        #expect(result.grade.rawValue == grade)
    }

    @Test(arguments: [("plain-1", "plain-1"), ("a b", "'a b'"), ("it's", "'it'\\''s'"), ("", "''"), ("$x", "'$x'")])
    func quoting(text: String, expected: String) { #expect(text.quotedForShell == expected) }

    /// The command gives the client a list of ways to set a key. The client's error for a missing key contains this
    /// list.
    @Test(arguments: [nil, "as apiKey in the initialize request"]) func waysToSetAKey(peersKey: String?) {
        var connection = Connection()
        connection.peersKey = peersKey
        let ways = ["with --api-key-file FILE", "in the environment variable KIE_API_KEY"]
        #expect(connection.credentials.ways == ways + [peersKey].compactMap(\.self))
    }
}
