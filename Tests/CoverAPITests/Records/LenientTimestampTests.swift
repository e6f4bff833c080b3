import CoverModel
import Jansson
import Testing

@testable import CoverAPI

struct LenientTimestampTests {
    @Test(arguments: ["true", "null", "{}", #""soon""#, "1e300", "-5", #""0x10""#, #""nan""#, "99999999999999999"])
    func isNotATime(_ json: String) throws {
        #expect(try Timestamp(lenient: JSONValue(parsing: json)) == nil)
    }
}
