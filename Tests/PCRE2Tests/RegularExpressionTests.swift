import PCRE2
import Testing

@Suite struct RegularExpressionTests {
    private func found(_ pattern: String, _ text: String, steps: Int = 100_000) throws -> [String] {
        let bytes = Array(text.utf8)
        var left = steps
        return try RegularExpression(pattern).matches(in: bytes, steps: &left)
            .map { String(decoding: bytes[$0], as: UTF8.self) }
    }

    @Test(arguments: [
        (#"\d+"#, "job 12 and job 3", ["12", "3"]),
        (#"job-(\d+)"#, "job-12 no-3 job-4", ["12", "4"]),
        (#"<.*?> \d"#, "<a> 7 <b> 8", ["<a> 7", "<b> 8"]),
        ("(?i)ABC", "xabcX", ["abc"]),
        (#"\w+"#, "éß 😀 名前", ["éß", "名前"]),
        (".", "é😀", ["é", "😀"]),
        ("x*", "aé", ["", "", ""]),
        ("(x)?a", "aa", []),
        (#"(?=id:(\d+))"#, "id:1 id:23", ["1", "23"]),
        (#"(?<=#)\w+\b"#, "#a b #c", ["a", "c"]),
        ("^a|b$", "ab", ["a", "b"]),
        ("a", "", []),
    ])
    func everyMatchIsFound(pattern: String, text: String, expected: [String]) throws {
        #expect(try found(pattern, text) == expected)
    }

    @Test(arguments: [
        ("(", "missing closing parenthesis", 1), ("a[", "missing terminating ] for character class", 2),
        ("*", "quantifier does not follow a repeatable item", 0), (#"\C"#, #"using \C is disabled"#, 2),
    ])
    func aFaultHasAPlace(pattern: String, message: String, offset: Int) {
        let fault = #expect(throws: PatternFault.self) { try RegularExpression(pattern) }
        #expect(fault?.message.hasPrefix(message) == true, "\(fault?.message ?? "-")")
        #expect(fault?.offset == offset)
    }

    /// Without a limit, each of these searches takes longer than the universe is old.
    @Test(arguments: [
        "(a+)+$", "(a*)*$", "(a|aa)+$", "(a|a)*$", "(.*a){30}$", "(?:a?){60}a{60}$", "^(?:(a+)+)+?$",
    ])
    func aSearchEndsWhenItsStepsAreUsedUp(pattern: String) throws {
        let expression = try RegularExpression(pattern)
        let text = Array((String(repeating: "a", count: 58) + "b!").utf8)
        var steps = 50_000
        #expect(throws: SearchLimit.self) { try expression.matches(in: text, steps: &steps) }
        #expect(steps == 0)
        // The next search is not affected.
        var more = 50_000
        #expect(throws: Never.self) { try expression.matches(in: Array("ab".utf8), steps: &more) }
    }

    @Test func theStepsOfAllMatchesOfASearchAreCounted() throws {
        let expression = try RegularExpression("[a-z]")
        var steps = 1000
        #expect(try expression.matches(in: Array("abcdefghij".utf8), steps: &steps).count == 10)
        #expect((10...60).contains(1000 - steps), "\(steps)")
        var few = 5
        #expect(throws: SearchLimit.self) { try expression.matches(in: Array("abcdefghij".utf8), steps: &few) }
    }

    @Test func aPatternWithVeryManyGroupsDoesNotUseUpTheMemory() throws {
        let expression = try RegularExpression(String(repeating: "(b)?", count: 500) + "(?:a|c)*$")
        var steps = 10_000_000
        #expect(throws: SearchLimit.self) {
            try expression.matches(in: Array((String(repeating: "a", count: 50_000) + "!").utf8), steps: &steps)
        }
        #expect(steps > 0, "the limit of the memory came first")
    }

    @Test func textsThatAreNotUTF8AreRefused() throws {
        var steps = 1000
        let expression = try RegularExpression(".")
        #expect(throws: SearchLimit.self) { try expression.matches(in: [0xFF, 0x61], steps: &steps) }
    }
}
