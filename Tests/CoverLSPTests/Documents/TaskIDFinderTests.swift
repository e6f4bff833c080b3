import CoverModel
import Testing

@testable import CoverLSP

@Suite
struct TaskIDFinderTests {
    private static let id = "5c79be8e9dd84d9c9a66c1e2b6f60e52"

    private func found(_ text: String, pattern: String? = nil, scenarios: [String] = []) throws -> [String] {
        let finder = TaskIDFinder(pattern: try pattern.map { try IDPattern($0) }, scenarios: scenarios)
        let bytes = Array(text.utf8)
        return finder.marks(in: SearchWindow(bytes)).map { mark in
            let shown = String(decoding: bytes[mark.range], as: UTF8.self)
            return shown == mark.taskId.text ? shown : "\(shown)=\(mark.taskId)"
        }
    }

    @Test func thirtyTwoHexDigitsAreAnIDAndMoreOrFewerAreNot() throws {
        let id = Self.id
        #expect(try found("see \(id).") == [id])
        #expect(try found("\"\(id)\",\(id.uppercased())") == [id, id.uppercased()])
        #expect(try found("\(id)0 \(id.dropLast()) \(id)\(id)") == [])
        #expect(try found("https://i.example/\(id)-1.png") == [id])
        #expect(try found("x\(id)y") == [id])
        #expect(try found("\(id)é😀\(id)") == [id, id])
    }

    @Test func theURIOfATaskIsAnID() throws {
        #expect(try found("cover://tasks/a-b.") == ["cover://tasks/a-b=a-b"])
        #expect(try found("(cover://tasks/a%20b/images/1)") == ["cover://tasks/a%20b=a b"])
        #expect(try found("cover://tasks/\(Self.id)") == ["cover://tasks/\(Self.id)=\(Self.id)"])
        #expect(try found("cover://tasks/ cover://tasks/%zz discover://tasks/a cover://tasks/%00") == [])
        #expect(try found("cover://tasks/" + String(repeating: "a", count: 257)) == [])
        let longest = String(repeating: "%F0%9F%98%80", count: 256)
        #expect(try found("cover://tasks/\(longest)").count == 1)
    }

    @Test func scenariosAreIDsOnlyInTheSandbox() throws {
        let kinds = ["success", "fail"]
        let text = "success-3s-demo, fail-0.5s. success fail-safe success-s xsuccess-3s /success-1s id:fail-2s"
        #expect(try found(text, scenarios: kinds) == ["success-3s-demo", "fail-0.5s", "fail-2s"])
        #expect(try found(text) == [])
    }

    @Test func theUsersPatternHasPriority() throws {
        #expect(try found("job 12 and job 3", pattern: #"\d+"#) == ["12", "3"])
        #expect(try found("job-12: x\nno-3", pattern: #"job-(\d+)"#) == ["12"])
        #expect(try found("id \(Self.id) é 7", pattern: #"\w{32}|7"#) == [Self.id, "7"])
        #expect(try found("<\(Self.id)> 7 \(Self.id)", pattern: #"<.*?> \d"#) == ["<\(Self.id)> 7", Self.id])
        #expect(try found("aaa", pattern: "x*") == [], "an empty match is no id")
        #expect(throws: (any Error).self) { try IDPattern("(") }
    }

    /// Without a limit, one such line takes longer than the universe is old.
    @Test(arguments: [#"(?:a+)+!|job-\d+"#, #"(?:a|a)*!|job-\d+"#, #"job-\d+|(?:a*)*(?=!)!"#])
    func aPatternThatTakesTooLongLosesOnlyItsOwnIDsOfSuchLines(pattern: String) throws {
        let slow = String(repeating: "a", count: 3000) + " \(Self.id)"
        let own = try IDPattern(pattern)
        let finder = TaskIDFinder(pattern: own)
        func found(_ text: String) -> [String] {
            finder.marks(in: SearchWindow(Array(text.utf8))).map(\.taskId.text)
        }
        #expect(found("job-1 \(Self.id)") == ["job-1", Self.id])
        #expect(!own.hasSkippedLines)
        #expect(found("job-1\n\(slow)\n\(Self.id) job-2") == ["job-1", Self.id, Self.id, "job-2"])
        #expect(own.hasSkippedLines)
        // Many such lines do not use up the steps of the last line.
        #expect(found(String(repeating: slow + "\n", count: 300) + "job-3").last == "job-3")
    }

    @Test func runsThatAreTooLongAreSkipped() throws {
        let run = String(repeating: "g", count: 4096)
        #expect(try found("\(Self.id)\(run)") == [])
        #expect(try found("\(Self.id) \(run) \(Self.id)") == [Self.id, Self.id])
        #expect(try found("7 " + String(repeating: "a ", count: 2048), pattern: "7") == [])
    }
}
