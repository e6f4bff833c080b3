import Jansson
import TestSupport
import Testing

struct WritingTests {
    @Test(arguments: [
        ("", #""""#), ("plain ~", #""plain ~""#), ("\"\\/", #""\"\\/""#), ("\n\r\t", #""\n\r\t""#),
        ("\0\u{1}\u{8}\u{C}\u{1F}\u{7F}", #""\u0000\u0001\u0008\u000c\u001f\u007f""#), ("é", #""\u00e9""#),
        ("\u{2028}\u{2029}\u{FFFF}", #""\u2028\u2029\uffff""#), ("😀\u{10FFFF}", #""\ud83d\ude00\udbff\udfff""#),
        ("e\u{301}", #""e\u0301""#),
    ])
    func escapesStrings(text: String, expected: String) throws {
        #expect(text.jsonText == expected)
        #expect(try JSONValue(parsing: expected).string == text)
    }

    @Test func everyScalarIsReadBack() throws {
        var all = ""
        for code in UInt32(0)...0x10FFFF { if let scalar = Unicode.Scalar(code) { all.unicodeScalars.append(scalar) } }
        let bytes = all.jsonBytes
        #expect(bytes.allSatisfy { $0 >= 0x20 && $0 < 0x7F })
        let back = try JSONValue(parsing: bytes).string
        #expect(back.map { $0.unicodeScalars.elementsEqual(all.unicodeScalars) } == true)
    }

    @Test(arguments: [
        (0.1, "0.1"), (1e16, "1e+16"), (-0.0, "-0.0"), (0, "0"), (.leastNonzeroMagnitude, "5e-324"), (1000, "1000"),
        (-2.5, "-2.5"),
        (9_007_199_254_740_991, "9007199254740991"), (1.7976931348623157e308, "1.7976931348623157e+308"),
        (.nan, "null"), (.infinity, "null"), (-.infinity, "null"),
    ])
    func writesDoubles(number: Double, expected: String) throws {
        #expect(number.jsonText == expected)
        if number.isFinite {
            #expect(try JSONValue(parsing: expected).number?.bitPattern == number.bitPattern)
        }
    }

    @Test func writesIntegersAndNothing() {
        #expect(Int64.min.jsonText == "-9223372036854775808")
        #expect(Int64.max.jsonText == "9223372036854775807")
        #expect(Int?.none.jsonText == "null")
        #expect([true, false].jsonText == "[true,false]")
        #expect([[Int]]().jsonText == "[]")
    }

    @Test func putsCommasWhereTheyBelong() {
        var writer = JSONWriter()
        writer.object {
            $0.member("a") { $0.array { _ in } }
            $0.member("b") {
                $0.array {
                    $0.element([1, 2])
                    $0.element("x")
                }
            }
            $0.member("c") { $0.object { $0.member("d", Int?.none) } }
            $0.member("e") { $0.value(1) }
        }
        #expect(String(decoding: writer.bytes, as: UTF8.self) == #"{"a":[],"b":[[1,2],"x"],"c":{"d":null},"e":1}"#)
    }

    @Test(arguments: 0..<8 as Range<UInt64>)
    func writtenValuesAreReadBack(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for round in 0..<300 {
            let tree = Tree.random(depth: 4, using: &random)
            let value = try JSONValue(parsing: tree.jsonBytes)
            #expect(tree.equals(value), "seed \(seed), round \(round): \(tree.jsonText.prefix(500))")
            #expect(value.jsonBytes == tree.jsonBytes, "seed \(seed), round \(round)")
        }
    }
}

/// Any JSON value, which the tests write as text.
private indirect enum Tree: JSONEncodable {
    case object([(String, Tree)])
    case array([Tree])
    case string(String)
    case integer(Int64)
    case real(Double)
    case bool(Bool)
    case null

    static func random(depth: Int, using random: inout SeededGenerator) -> Tree {
        switch Int.random(in: depth > 0 ? 0...6 : 2...6, using: &random) {
        case 0:
            let count = Int.random(in: 0...4, using: &random)
            return .object(
                (0..<count).map { ("\($0)\(text(using: &random))", Tree.random(depth: depth - 1, using: &random)) }
            )
        case 1:
            let count = Int.random(in: 0...4, using: &random)
            return .array((0..<count).map { _ in Tree.random(depth: depth - 1, using: &random) })
        case 2: return .string(text(using: &random))
        case 3: return .integer(Int64(bitPattern: random.next()))
        case 4:
            let number = Double(bitPattern: random.next())
            return .real(number.isFinite ? number : 0.5)
        case 5: return .bool(Bool.random(using: &random))
        default: return .null
        }
    }

    private static func text(using random: inout SeededGenerator) -> String {
        let pool: [Unicode.Scalar] = [
            "a", "\"", "\\", "\n", "\u{1}", "é", "\u{2028}", "😀", "/", "{", "]", "\u{7F}", "\u{301}",
        ]
        var text = ""
        for _ in 0..<Int.random(in: 0...12, using: &random) {
            text.unicodeScalars.append(pool.randomElement(using: &random) ?? "b")
        }
        return text
    }

    func encode(to writer: inout JSONWriter) {
        switch self {
        case .object(let members): writer.object { for (name, value) in members { $0.member(name, value) } }
        case .array(let elements): elements.encode(to: &writer)
        case .string(let text): text.encode(to: &writer)
        case .integer(let number): number.encode(to: &writer)
        case .real(let number): number.encode(to: &writer)
        case .bool(let bool): bool.encode(to: &writer)
        case .null: Int?.none.encode(to: &writer)
        }
    }

    func equals(_ value: JSONValue) -> Bool {
        switch self {
        case .object(let members):
            value.kind == .object && value.count == members.count
                && members.allSatisfy { name, tree in value[name].map(tree.equals) ?? false }
        case .array(let elements):
            value.count == elements.count && zip(elements, value.elements ?? []).allSatisfy { $0.equals($1) }
        case .string(let text): value.string?.unicodeScalars.elementsEqual(text.unicodeScalars) ?? false
        case .integer(let number): value.integer == number
        case .real(let number): value.number == number
        case .bool(let bool): value.bool == bool
        case .null: value.isNull
        }
    }
}
