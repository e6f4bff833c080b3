import Jansson
import Testing

struct ParsingTests {
    private static func reason(_ bytes: [UInt8], rejectingDuplicates: Bool = false) -> JSONSyntaxError.Reason? {
        do throws(JSONSyntaxError) {
            _ = try JSONValue(parsing: bytes, rejectingDuplicates: rejectingDuplicates)
            return nil
        } catch {
            return error.reason
        }
    }

    @Test(arguments: [
        ("", JSONSyntaxError.Reason.truncated), ("   ", .truncated), ("[", .truncated), (#"{"a""#, .truncated),
        (#""abc"#, .truncated), ("[1", .truncated), ("{} {}", .trailingText), ("1 2", .trailingText),
        ("{}x", .trailingText),
        ("{}\0", .invalidSyntax), ("1\0", .invalidSyntax), ("[1\0]", .invalidSyntax), ("[true\0,2]", .invalidSyntax),
        (#"{"a":9223372036854775808"# + "\0}", .invalidSyntax), ("nul", .invalidSyntax), ("[1,]", .invalidSyntax),
        ("{1:2}", .invalidSyntax),
        ("01", .invalidSyntax), ("+1", .invalidSyntax), (".5", .invalidSyntax), ("1.", .invalidSyntax),
        ("-", .invalidSyntax),
        ("1e", .invalidSyntax), ("NaN", .invalidSyntax), ("'a'", .invalidSyntax), ("\"a\tb\"", .invalidSyntax),
        (#""\x""#, .invalidSyntax), (#""\ud800""#, .invalidSyntax), (#""\udc00\ud800""#, .invalidSyntax),
        ("\u{FEFF}1", .invalidSyntax), ("[1\u{B}]", .invalidSyntax), ("/**/1", .invalidSyntax),
        (#"{"\u0000":1}"#, .nulInName),
    ])
    func errorsSayWhatIsWrong(text: String, expected: JSONSyntaxError.Reason) {
        let actual = Self.reason(Array(text.utf8))
        // If the text ends inside a token, jansson may report bad syntax instead of an early end. Both errors mean that
        // the text is not JSON.
        #expect(actual == expected, "\(text.debugDescription): \(actual?.phrase ?? "none")")
    }

    @Test(arguments: [
        [0x22, 0xFF, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22],
        [0x22, 0xF4, 0x90, 0x80, 0x80, 0x22],
        [0x22, 0xE2, 0x82, 0x22], [0x22, 0xC3], [0xFF],
    ])
    func refusesInvalidUTF8(bytes: [UInt8]) {
        #expect(Self.reason(bytes) == .invalidUTF8)
    }

    @Test func keepsNULsAndPairsInStrings() throws {
        #expect(try JSONValue(parsing: #""a\u0000b""#).string == "a\0b")
        #expect(try JSONValue(parsing: #""\ud83d\ude00\u2028""#).string == "😀\u{2028}")
        #expect(try JSONValue(parsing: #"{"é":1}"#)["é"]?.integer == 1)
        #expect(try JSONValue(parsing: #"{"":1}"#)[""]?.integer == 1)
        #expect(try JSONValue(parsing: #"{"a":1}"#)["a\0"] == nil)
    }

    @Test func duplicatesAreRefusedOnRequest() throws {
        for text in [#"{"a":1,"a":2}"#, #"[{"a":1,"\u0061":2}]"#] {
            #expect(Self.reason(Array(text.utf8), rejectingDuplicates: true) == .duplicateName)
            #expect(Self.reason(Array(text.utf8)) == nil)
        }
        #expect(try JSONValue(parsing: #"{"a":1,"a":2}"#)["a"]?.integer == 2)
    }

    @Test func numbersAreExactOrTamed() throws {
        #expect(try JSONValue(parsing: "9007199254740993").integer == 9_007_199_254_740_993)
        #expect(try JSONValue(parsing: "-9223372036854775808").integer == .min)
        #expect(try JSONValue(parsing: "1e3").kind == .real)
        #expect(try JSONValue(parsing: "1e3").number == 1000)
        #expect(try JSONValue(parsing: "1e-400").number == 0)
        #expect(try JSONValue(parsing: "0.1").number == 0.1)
    }

    @Test(arguments: [
        "9223372036854775808", "-9223372036854775809", "1e400", "-1E+400", "123456789012345678901234567890", "1.5e999",
    ])
    func numbersThatNoTypeHolds(number: String) throws {
        let text = #"{"a":[\#(number) , "\#(number)\"", 9223372036854775807],"b":1e-400}"#
        let quoted = try JSONValue(parsing: Array(text.utf8), outsizedNumbers: .quoted)["a"]
        #expect(quoted?.element(0)?.string == number)
        #expect(quoted?.element(1)?.string == number + "\"")
        #expect(quoted?.element(2)?.integer == .max)
        let clamped = try JSONValue(parsing: Array(text.utf8), outsizedNumbers: .clamped)["a"]
        #expect(clamped?.element(0)?.number == (number.hasPrefix("-") ? -1e308 : 1e308))
        #expect(clamped?.element(1)?.string == number + "\"")
    }

    @Test(arguments: [
        "[9223372036854775808", "{9223372036854775808:1}", "{\"a\":1e400,1e400 : 1}", "1e400x", "01e400",
        "9223372036854775808.",
        "[9223372036854775808 9223372036854775808]", "-1e400e400", "9223372036854775808\"a\"",
    ])
    func clampingNumbersDoesNotAcceptInvalidJSON(text: String) {
        #expect(Self.reason(Array(text.utf8)) != nil)
    }

    @Test func depthIsCheckedBeforeJanssonRecurses() throws {
        func nested(_ depth: Int, _ open: String, _ close: String) -> [UInt8] {
            Array((String(repeating: open, count: depth) + "1" + String(repeating: close, count: depth)).utf8)
        }
        for (open, close) in [("[", "]"), (#"{"a":"#, "}")] {
            _ = try JSONValue(parsing: nested(64, open, close))
            #expect(Self.reason(nested(65, open, close)) == .tooDeep)
            #expect(Self.reason(nested(100_000, open, close)) == .tooDeep)
            #expect(Self.reason(nested(100_000, open, "")) == .tooDeep)
        }
        #expect(try JSONValue(parsing: Array(#""[[[[[[\"[[[[[""#.utf8), maximumDepth: 0).kind == .string)
    }

    @Test func valuesOutliveTheirRoot() throws {
        var value: JSONValue? = try JSONValue(parsing: #"{"a":[{"b":"text"}]}"#)
        let inner = value?["a"]?.element(0)?["b"]
        value = nil
        #expect(inner?.string == "text")
    }
}
