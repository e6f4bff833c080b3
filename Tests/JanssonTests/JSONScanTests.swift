import Jansson
import TestSupport
import Testing

struct JSONScanTests {
    private static func scan(_ text: String, member: StaticString = "id", maximumElements: Int = 100) -> Seen {
        let bytes = Array(text.utf8)
        let scan = unsafe bytes.withUnsafeBytes {
            unsafe JSONScan($0, member: member, maximumElements: maximumElements)
        }
        func slice(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
        return Seen(
            depth: scan.depth,
            elements: scan.elements.map(slice),
            count: scan.elementCount,
            member: scan.member.map(slice),
            isClosed: scan.isClosed
        )
    }

    private struct Seen: Equatable {
        var depth: Int
        var elements: [String]
        var count: Int
        var member: String?
        var isClosed: Bool
    }

    @Test(arguments: [
        (#"{"id":1}"#, "1"), (#"{ "id" : "a,b" , "x":2}"#, #""a,b""#),
        (#"{"x":{"id":1},"id":[1,{"id":2}]}"#, #"[1,{"id":2}]"#),
        (#"{"x":"\"id\":5","id":6}"#, "6"), (#"{"\u0069\u0064":7}"#, "7"), (#"{"i\u0064":8}"#, "8"),
        (#"{"id\u0000":8}"#, nil),
        (#"{"\u0049d":8}"#, nil), (#"{"ids":1,"i":2,"":3}"#, nil), (#"{"id":1,"\u0069d":2}"#, nil),
        (#"{"x":"id"}"#, nil),
        (#"{"x":"id","id":"x"}"#, #""x""#), (#"["id",1]"#, nil), (#""id""#, nil), ("", nil), ("{}", nil),
        (#"{"id":"\\","y":"\\\""}"#, #""\\""#), (#"{"id":null}"#, "null"),
    ])
    func findsTheMember(text: String, expected: String?) {
        let actual = Self.scan(text).member
        #expect(actual == expected, "\(text)")
    }

    @Test func recordsSomeElementsAndCountsAll() {
        let seen = Self.scan(#"[1, "a,]" ,[2,3],{"id":4},,]"#, maximumElements: 4)
        #expect(seen.elements == ["1", #""a,]""#, "[2,3]", #"{"id":4}"#])
        #expect(seen.count == 6)
        #expect(Self.scan("[]").count == 0)
        #expect(Self.scan(" [ \n ] ").count == 0)
        #expect(Self.scan(" [ \n ] ").isClosed)
        #expect(!Self.scan("[}").isClosed)
        #expect(!Self.scan("[] x").isClosed)
        #expect(!Self.scan("[]\u{B}").isClosed)
        #expect(Self.scan("[1\u{B}]").elements == ["1\u{B}"])
        #expect(Self.scan("[1:2]").elements == ["1:2"])
    }

    /// On valid texts, the scan and the parser give the same results.
    @Test(arguments: 0..<6 as Range<UInt64>)
    func agreesWithTheParser(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let tokens = [
            "[", "]", "{", "}", ",", ":", "1", "-2.5", "true", "null", #""id""#, #""\u0069d""#, #""a\"]""#, #""\\""#,
            " ", "\n",
            #""long enough for a stride of eight \" [{""#, "\u{B}", "\"",
        ]
        var valid = 0
        for round in 0..<4000 {
            // A grammar makes half of the texts, because few random texts are valid.
            let text =
                round % 2 == 0
                ? (0..<Int.random(in: 1...10, using: &random)).map { _ in tokens.randomElement(using: &random) ?? "" }
                    .joined()
                : Self.valid(depth: 4, using: &random)
            let seen = Self.scan(text)
            guard let value = try? JSONValue(parsing: text) else { continue }
            valid += 1
            let place: Comment = "seed \(seed), round \(round): \(text)"
            let isTwice = (try? JSONValue(parsing: Array(text.utf8), rejectingDuplicates: true)) == nil
            // If an object has a name twice, the parser drops the first value. So the scan may see a greater depth than
            // the parser.
            #expect(seen.depth == Self.depth(value) || (isTwice && seen.depth > Self.depth(value)), place)
            #expect(seen.isClosed == (value.kind == .array || value.kind == .object), place)
            if let elements = value.elements {
                #expect(
                    try seen.elements.map { try JSONValue(parsing: $0).jsonText } == elements.map(\.jsonText),
                    place
                )
                #expect(seen.count == elements.count, place)
            }
            if let member = seen.member {
                #expect(try JSONValue(parsing: member).jsonText == value["id"]?.jsonText, place)
            }
            let isThere = value["id"] != nil
            #expect(seen.member != nil || !isThere || isTwice, place)
        }
        #expect(valid > 2000)
    }

    private static func depth(_ value: JSONValue) -> Int {
        switch value.kind {
        case .array: 1 + ((value.elements ?? []).map(depth).max() ?? 0)
        case .object: 1 + ((value.members ?? []).map { depth($0.value) }.max() ?? 0)
        default: 0
        }
    }

    private static func valid(depth: Int, using random: inout SeededGenerator) -> String {
        let blank = ["", "", " ", "\n\t"].randomElement(using: &random) ?? ""
        let names = [#""id""#, #""\u0069\u0064""#, #""x""#, #""a\"id\":,""#, #""""#]
        let count = Int.random(in: 0...3, using: &random)
        switch Int.random(in: depth > 0 ? 0...4 : 2...4, using: &random) {
        case 0:
            let parts = (0..<count).map { _ in valid(depth: depth - 1, using: &random) }
            return blank + "[" + parts.joined(separator: ",") + blank + "]" + blank
        case 1:
            let parts = (0..<count).map { _ in
                "\(names.randomElement(using: &random) ?? "")\(blank):\(valid(depth: depth - 1, using: &random))"
            }
            return blank + "{" + parts.joined(separator: ",") + "}" + blank
        case 2: return blank + "12"
        case 3: return (names.randomElement(using: &random) ?? "") + blank
        default: return #""[{\\\\\"]},: and so on for more than eight bytes""#
        }
    }
}
