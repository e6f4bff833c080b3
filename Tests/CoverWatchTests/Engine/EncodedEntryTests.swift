import CoverModel
import CoverWatch
import Jansson
import Synchronization
import TestSupport
import Testing

/// The engine encodes a change once. The journal stores the same bytes that the peer gets.
@Suite struct EncodedEntryTests {
    /// A journal in memory that records the entries that it gets.
    private final class NotingJournal: WatchJournal {
        private let journal = MemoryJournal(epoch: "test")
        let kept = Mutex<[EncodedEntry]>([])
        let emitted = Mutex<[(event: WatchEvent, json: EncodedJSON)]>([])

        var info: JournalInfo { journal.info }

        func restore() -> [WatchRecord] { journal.restore() }

        func commit(_ operations: [JournalOperation]) async {
            kept.withLock { kept in for case .append(let entry) in operations { kept.append(entry) } }
            await journal.commit(operations)
        }

        func changes(after sequence: Int64, limit: Int) async -> ChangePage {
            await journal.changes(after: sequence, limit: limit)
        }

        func dismissals() async -> [TaskID: Int64] { await journal.dismissals() }

        func finalStatuses(of taskIds: [TaskID]) async -> [TaskID: CoverStatus] {
            await journal.finalStatuses(of: taskIds)
        }
    }

    @Test func theJournalAndThePeerGetTheSameBytes() async throws {
        let journal = NotingJournal()
        let clock = ManualClock()
        let engine = try WatchEngine(
            source: ScriptedStatusSource(states: [.pending, .succeeded]),
            journal: journal,
            timeline: clock.timeline(),
            seed: 7
        )
        let running = Task {
            try? await engine.run { event, json in journal.emitted.withLock { $0.append((event, json)) } }
        }
        try await engine.watch(["a"], interval: .seconds(1)).activate()
        _ = try await engine.sync()
        await clock.sleepers(atLeast: 1)
        clock.advance(by: .seconds(2))
        _ = try await engine.sync()
        running.cancel()
        await running.value
        let kept = journal.kept.withLock(\.self)
        let emitted = journal.emitted.withLock(\.self)
        try #require(kept.count == 2 && emitted.count == 2)
        for (entry, emitted) in zip(kept, emitted) {
            #expect(Self.address(of: entry.json) == Self.address(of: emitted.json), "encoded twice")
            // The bytes are those of the event.
            #expect(emitted.json.jsonText == emitted.event.jsonText)
            let status = try JSONValue(parsing: entry.json.jsonBytes)["status"]
            #expect(entry.status?.jsonText == status?.jsonText)
        }
    }

    /// The address of the encoded bytes in memory. If the engine encoded a change twice, the two addresses would
    /// differ.
    private static func address(of json: EncodedJSON) -> Int {
        unsafe json.jsonBytes.withUnsafeBytes { Int(bitPattern: $0.baseAddress) }
    }
}
