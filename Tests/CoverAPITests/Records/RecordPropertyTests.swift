import CoverModel
import Jansson
import Testing

@testable import CoverAPI

/// Tests with mutated records. Parts of a record are dropped, set to null, changed to another type, reordered or
/// nested. Reading such a record must not crash, and must not report an end that the record does not contain.
struct RecordPropertyTests {
    @Test(arguments: [UInt64(1), 2, 3, 4])
    func noMutationCausesAFalseEnd(_ seed: UInt64) async throws {
        var mutator = RecordMutator(seed: seed)
        for round in 0..<25_000 {
            // The pause lets other tests run, because tests with sockets and deadlines use the same threads.
            if round.isMultiple(of: 100) { await Task.yield() }
            let record = mutator.next()
            let body = Array(#"{"code":200,"msg":"success","data":"#.utf8) + Array(record.json.utf8) + Array("}".utf8)
            let now = Timestamp(milliseconds: 0)
            let reader = ResponseReader(profile: .kie, now: now)
            let answer = CoverAnswer(taskId: "t", checkedAt: now)
            let response = ExchangeResponse(head: ExchangeHead(status: 200), body: body)
            let context: Comment =
                "seed \(seed), round \(round): \(record.json)"
            let outcome = reader.read(response)
            switch Result(catching: { () throws(CoverError) in try answer.status(outcome, response.head) }) {
            case .success(let status):
                let isEnd = status.state == .succeeded || status.state == .failed
                try #require(!isEnd || record.allowedEnds.contains(status.state), context)
                try #require(!status.final || isEnd, context)
                try #require(status.images.allSatisfy { $0.hasPrefix("https://") }, context)
                try #require(status.warnings.count <= 32, context)
            case .failure(let error):
                try #require(error.kind == .malformedResponse || error.kind == .taskNotFound, context)
            }
        }
    }
}

/// The SplitMix64 generator. It is small, and gives the same numbers on every machine.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// Makes mutated records from a valid record.
struct RecordMutator {
    struct Record {
        /// The members of the record in order, each with its name and its JSON text.
        var members: [(name: String, json: String)]

        var json: String { "{" + members.map { "\"\($0.name)\":\($0.json)" }.joined(separator: ",") + "}" }

        /// The ends that a careful reader would find in the flags. These are the numbers 1 and 3, or the documented
        /// words.
        var allowedEnds: Set<CoverState> {
            var ends: Set<CoverState> = []
            for (name, json) in members {
                let text = json.trimmingQuotes
                switch name {
                case "successFlag", "success_flag":
                    if text == "1" || text == "1.0" { ends.insert(.succeeded) }
                    if text == "3" || text == "3.0" { ends.insert(.failed) }
                case "status", "state":
                    if json == #""SUCCESS""# { ends.insert(.succeeded) }
                    if json == #""GENERATE_COVER_FAILED""# { ends.insert(.failed) }
                default: break
                }
            }
            return ends
        }
    }

    private var random: SeededGenerator
    private static let scalars = [
        "null", "true", "false", "0", "1", "2", "3", "-1", "1.0", "3.0", "2.5", "99999999999999999999", "1e999", #""""#,
        #""1""#, #""3""#, #""SUCCESS""#, #""GENERATE_COVER_FAILED""#, #""PENDING""#, #""\u0000""#, #""t""#, "[]", "{}",
        #""https://i/a.png""#, #""http://i/a.png""#, #"["https://i/b.png",null,1,{}]"#, #"{"successFlag":1}"#,
        #""{\"images\":[\"https://i/c.png\"]}""#, #""[[[[[[[[[[\"https://i/d\"]]]]]]]]]]""#, "1736937181000", #""😀""#,
    ]

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    mutating func next() -> Record {
        var record = Record(members: [
            ("taskId", #""t""#), ("parentTaskId", #""p""#), ("callbackUrl", #""https://c/""#),
            ("completeTime", #""2025-01-15T10:35:27.000Z""#), ("response", #"{"images":["https://i/a.png"]}"#),
            ("successFlag", String(Int.random(in: 0...3, using: &random))), ("errorCode", "200"),
            ("errorMessage", #""""#),
        ])
        for _ in 0..<Int.random(in: 1...5, using: &random) { mutate(&record) }
        return record
    }

    private mutating func mutate(_ record: inout Record) {
        guard let index = record.members.indices.randomElement(using: &random) else { return }
        switch Int.random(in: 0..<7, using: &random) {
        case 0: record.members.remove(at: index)
        case 1: record.members[index].json = "null"
        case 2: record.members[index].json = scalar()
        case 3: record.members.shuffle(using: &random)
        case 4: record.members[index].json = "[" + record.members[index].json + "]"
        case 5: record.members[index].json = #"{"images":"# + record.members[index].json + "}"
        default:
            let name = ["status", "success_flag", "state", "images", "callBackUrl"].randomElement(using: &random)
            record.members.insert((name ?? "status", scalar()), at: index)
        }
    }

    private mutating func scalar() -> String { Self.scalars.randomElement(using: &random) ?? "null" }
}

extension String {
    fileprivate var trimmingQuotes: String { hasPrefix("\"") ? String(dropFirst().dropLast()) : self }
}
