import CoverModel
import Jansson
import Testing

@testable import CoverAPI

struct LenientTimestampTests {
    @Test(arguments: [
        "true", "null", "{}", #""soon""#, "1e300", "-5", #""0x10""#, #""nan""#, "99999999999999999",
        // Times that are placeholders, or that are before the service existed.
        #""0001-01-01T00:00:00Z""#, #""1970-01-01T00:00:00Z""#, #""1999-12-31T23:59:59.999Z""#, "1",
        #""0000-01-01T00:00:00+23:59""#,
        #""20261120""#, "20261120", #""2026-11-20""#,
        // For these times, the images would expire after the year 9999, which is the last year of RFC 3339.
        #""9999-12-31T23:59:59Z""#, "253402300799999", #""9999-12-18T00:00:00Z""#,
        // These are 14 digits of a time, and no milliseconds since 1970.
        #""99991231235959""#, "99991231235959", #""19991231235959""#,
    ])
    func isNotATime(_ json: String) throws {
        #expect(try Timestamp(lenient: JSONValue(parsing: json)) == nil)
    }

    @Test(arguments: [
        (#""20261120103301""#, "2026-11-20T10:33:01.000Z"), ("20261120103301", "2026-11-20T10:33:01.000Z"),
        (#""2000-01-01T00:00:00Z""#, "2000-01-01T00:00:00.000Z"), ("946684800", "2000-01-01T00:00:00.000Z"),
        (#""9999-12-17T23:59:59.999Z""#, "9999-12-17T23:59:59.999Z"), ("10000000000000", "2286-11-20T17:46:40.000Z"),
    ])
    func isThisTime(_ json: String, _ time: String) throws {
        #expect(try Timestamp(lenient: JSONValue(parsing: json))?.description == time)
    }

    /// A reader of RFC 3339 can read all times in a status.
    @Test(arguments: [
        #""9999-12-17T23:59:59.999Z""#, #""9999-12-31T23:59:59Z""#, "253402300799999", #""0000-01-01T00:00:00+23:59""#,
    ])
    func theExpiryIsATimeToo(_ json: String) throws {
        let record = try JSONValue(parsing: #"{"successFlag":2,"completeTime":\#(json),"createTime":\#(json)}"#)
        var reader = try RecordReader(data: record, taskId: "t", checkedAt: Timestamp(milliseconds: 0))
        let status = reader.status()
        for time in [status.createdAt, status.completedAt, status.expiresAt].compactMap(\.self) {
            #expect(Timestamp(rfc3339: time.description) == time)
        }
        #expect((status.expiresAt == nil) == status.warnings.contains { $0.kind == "unreadableTime" })
    }
}
