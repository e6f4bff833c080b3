import CoverModel
import Jansson
import Testing

@testable import CoverAPI

/// The page of facts as a table. For each sentence of the page that an answer can show, a row has the raw HTTP answer
/// and its expected reading.
struct FactsTests {
    @Test(arguments: Fact.records + Fact.details + Fact.codes + Fact.broken)
    func answersAreReadAsTheFactsSay(_ fact: Fact) {
        let now = Timestamp(milliseconds: 1_736_937_181_000)
        let reader = ResponseReader(profile: HostProfile(host: fact.host), now: now)
        let answer = CoverAnswer(taskId: fact.taskId, checkedAt: now)
        let response = ExchangeResponse(
            head: ExchangeHead(status: fact.http, headers: fact.headers),
            body: Array(fact.body.utf8)
        )
        let reading: String
        do throws(CoverError) {
            let status = try answer.status(reader.read(response), response.head)
            reading = Self.reading(of: status)
            let warnings = Set(status.warnings.map(\.kind))
            #expect(warnings == Set(fact.warnings), "\(fact.says): \(status.warnings)")
        } catch {
            reading = Self.reading(of: error)
            #expect(error.taskId == fact.taskId)
            #expect(error.httpStatus == fact.http)
        }
        #expect(reading == fact.reading, "\(fact.says)")
    }

    @Test(arguments: [
        (#"{"successFlag":1,"createTime":1736900000000,"completeTime":1736937327000}"#, 1_738_146_927_000),
        (#"{"successFlag":0,"createTime":1736937327000}"#, 1_738_146_927_000),
    ])
    func imagesAreKept14DaysFromCompletionElseCreation(_ data: String, _ milliseconds: Int) throws {
        let now = Timestamp(milliseconds: 0)
        var reader = try RecordReader(data: JSONValue(parsing: data), taskId: "t", checkedAt: now)
        let status = reader.status()
        #expect(status.expiresAt == (status.completedAt ?? status.createdAt)?.advanced(by: .seconds(14 * 86_400)))
        #expect(status.expiresAt?.milliseconds == Int64(milliseconds))
    }

    /// A text of the form `state[!] images… [failure]`. The sign `!` means that the state is final. Parts that a status
    /// does not have are left out.
    private static func reading(of status: CoverStatus) -> String {
        var parts = [status.state.rawValue + (status.final ? "!" : "")]
        if !status.images.isEmpty { parts.append("images=" + status.images.joined(separator: ",")) }
        if let failure = status.failure {
            parts.append("failure=\(failure.code.map(String.init) ?? "-"):\(failure.message)")
        }
        if let time = status.createdAt { parts.append("created=\(time)") }
        if let time = status.completedAt { parts.append("completed=\(time)") }
        if let parent = status.parentTaskId { parts.append("parent=\(parent)") }
        if let callback = status.callbackUrl { parts.append("callback=\(callback)") }
        return parts.joined(separator: " ")
    }

    private static func reading(of error: CoverError) -> String {
        var parts = ["\(error.kind.rawValue) \(error.code)", error.retryable ? "retryable" : "stop"]
        if let code = error.apiCode { parts.append("apiCode=\(code)") }
        if let message = error.apiMessage { parts.append("says=\(message)") }
        if let seconds = error.retryAfter { parts.append("after=\(seconds)") }
        return parts.joined(separator: " ")
    }
}

struct Fact: Sendable, CustomTestStringConvertible {
    var says: String
    var http: Int
    var headers: [(name: String, value: String)]
    var body: String
    var reading: String
    var warnings: [String]
    var taskId: TaskID
    var host: String

    init(
        _ says: String,
        http: Int = 200,
        headers: [(name: String, value: String)] = [],
        _ body: String,
        _ reading: String,
        warnings: [String] = [],
        taskId: TaskID = "t",
        host: String = "api.kie.ai"
    ) {
        self.says = says
        self.http = http
        self.headers = headers
        self.body = body
        self.reading = reading
        self.warnings = warnings
        self.taskId = taskId
        self.host = host
    }

    /// Makes a row for a record that comes with code 200.
    init(record says: String, _ data: String, _ reading: String, warnings: [String] = []) {
        self.init(says, #"{"code":200,"msg":"success","data":\#(data)}"#, reading, warnings: warnings)
    }

    var testDescription: String { says }
}
