import CoverModel
import CoverWatch
import SQLite
import TestSupport
import Testing

@testable import CoverJournal

/// Tests an engine with a journal, and then a second engine that continues with the same journal.
@Suite struct ResumptionTests {
    @Test func watchesResumeAndNumbersContinue() async throws {
        let folder = try Folder()
        let clock = ManualClock()
        let timeline = clock.timeline()
        let engine = { (source: ScriptedStatusSource) in
            let journal = try folder.journal(timeline: timeline)
            return try RunningEngine(source, journal: journal, clock: clock, timeline: timeline)
        }
        let source = ScriptedStatusSource { taskId, query in
            .scripted(taskId, taskId == "quick" ? .succeeded : query == 0 ? .pending : .generating)
        }
        try await engine(source).run { test in
            try await test.watch("quick", "slow", interval: .seconds(30), timeout: .seconds(100))
            #expect(test.events == ["1 quick nil>succeeded!", "2 slow nil>pending"])
        }
        clock.advance(by: .seconds(50))
        try await engine(source).run { test in
            #expect(test.engine.watches().map(\.taskId) == ["slow"])
            #expect(test.engine.watches().first?.interval == 30)
            try await test.settle()
            let entries = try await test.engine.changes(after: 0, limit: 10).entries
            #expect(entries.map(\.sequence) == [1, 2, 3])
            clock.advance(by: .seconds(51))
            try await test.settle()
            #expect(test.events == ["3 slow pending>generating", "4 slow ended timeout"])
            #expect(test.engine.watches().isEmpty)
        }
        #expect(source.queries(of: "quick") == 1)
        #expect(try folder.journal(timeline: timeline).restore().isEmpty)
    }

    @Test func aJournalThatFailsEndsTheEngineWithItsError() async throws {
        let folder = try Folder()
        let clock = ManualClock()
        let journal = try folder.journal()
        let engine = try WatchEngine(
            source: ScriptedStatusSource(states: [.pending]),
            journal: journal,
            timeline: clock.timeline()
        )
        let pending = try engine.register(["a"], interval: .seconds(1))
        try await journal.database.run { try $0.execute("DROP TABLE entry") }
        pending.activate()
        await #expect(throws: JournalError.self) {
            try await engine.run { _, _ in Issue.record("sent, and not stored") }
        }
        await #expect(throws: JournalError.self) { try await engine.sync() }
    }
}
