import APITestSupport
import CoverModel
import Jansson
import TestSupport
import Testing

@testable import CoverAPI

/// The bridge compares task ids by their bytes. Two texts that Swift's `String` treats as equal may be the ids of two
/// tasks.
@Suite(.timeLimit(.minutes(5)))
struct TaskIDTests {
    /// Pairs of ids that Swift's `String` treats as equal, and whose bytes differ.
    static let twins: [(TaskID, TaskID)] = [
        ("café", "cafe\u{301}"), ("task-K1", "task-\u{212A}1"), ("\u{AC00}", "\u{1100}\u{1161}"),
        ("Å", "\u{212B}"), ("a\u{323}\u{302}", "a\u{302}\u{323}"),
    ]

    @Test(arguments: twins) func filesOfDifferentTasksHaveDifferentNames(_ one: TaskID, _ other: TaskID) {
        let names = [one, other].map { DownloadNaming(directory: "/d", taskId: $0).path(image: 1, .png) }
        #expect(names[0].utf8.elementsEqual(names[1].utf8) == false)
        #expect(names.joined().utf8.allSatisfy { $0 < 0x80 })
    }

    /// The file name for a long id ends in a hash of the id. A shorter id may be equal to that name, and its files must
    /// still have other names.
    @Test func theShortNameOfALongIDIsUnique() {
        let long = DownloadNaming(directory: "/d", taskId: TaskID(String(repeating: "x", count: 256)))
        let stem = String(long.path(image: 1, .png).dropFirst(3).dropLast("-1.png".count))
        let other = DownloadNaming(directory: "/d", taskId: TaskID(stem))
        #expect(other.path(image: 1, .png) != long.path(image: 1, .png))
    }

    @Test(arguments: twins) func aQueryIsNotSharedWithAnotherID(_ one: TaskID, _ other: TaskID) async throws {
        let (gate, open) = AsyncStream<Void>.makeStream()
        let exchange = ScriptedExchange { _, _ in
            for await _ in gate {}
            return .json(#"{"code":200,"data":{"successFlag":0}}"#)
        }
        let client = try client(exchange)
        async let first = client.status(of: one)
        async let second = client.status(of: other)
        await exchange.requests(atLeast: 2)
        open.finish()
        #expect(try await [first.taskId, second.taskId] == [one, other])
        #expect(client.statistics.coalesced == 0)
        // An answer from memory belongs only to the id that was asked for.
        #expect(try await client.status(of: one, maxAge: .seconds(9)).taskId == one)
        #expect(exchange.requests.count == 2)
    }

    @Test(arguments: twins) func theRecordOfAnotherIDIsNotAttributed(_ one: TaskID, _ other: TaskID) async throws {
        let record = "{\"code\":200,\"data\":{\"taskId\":\(other.jsonText),\"successFlag\":3}}"
        let client = try client(ScriptedExchange([.json(record)]))
        await expect(kind: .malformedResponse) { try await client.poll(one) }
        #expect(try await client.poll(other).state == .failed)
    }

    private func client(_ exchange: ScriptedExchange) throws -> CoverClient {
        var configuration = CoverClient.Configuration()
        configuration.credentials = Credentials(environment: APIKey("k"))
        configuration.rate = 1000
        return try CoverClient(configuration: configuration, exchange: exchange, timeline: ManualClock().timeline())
    }
}
