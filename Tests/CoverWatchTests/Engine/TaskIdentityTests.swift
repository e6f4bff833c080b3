import CoverModel
import CoverWatch
import TestSupport
import Testing

/// Two texts that Swift's `String` treats as equal may be the ids of two tasks.
@Suite struct TaskIdentityTests {
    private static let ids: [TaskID] = ["café", "cafe\u{301}", "task-K1", "task-\u{212A}1"]

    @Test func everyIDHasItsOwnWatch() async throws {
        let source = ScriptedStatusSource { taskId, _ in
            .scripted(taskId, taskId.text.utf8.count == 5 ? .failed : .succeeded)
        }
        try await RunningEngine(source).run { test in
            let pending = try await test.engine.watch(Self.ids, interval: .seconds(1))
            #expect(pending.watches.map(\.taskId) == Self.ids)
            pending.activate()
            try await test.settle()
            for id in Self.ids { #expect(source.queries(of: id) == 1, "\(Array(id.text.utf8))") }
            let entries = try await test.engine.changes(after: 0, limit: 10).entries
            #expect(Set(entries.map(\.taskId)) == Set(Self.ids))
            // The status of one task says nothing about the other task.
            #expect(try await test.engine.wait(for: "café").state == .failed)
            #expect(try await test.engine.wait(for: "cafe\u{301}").state == .succeeded)
        }
    }

    @Test func unwatchingOneLeavesTheOther() async throws {
        try await RunningEngine(ScriptedStatusSource(states: [.pending])).run { test in
            try await test.watch("café", "cafe\u{301}")
            #expect(try await test.engine.unwatch(["cafe\u{301}"]).settled() == ["cafe\u{301}"])
            #expect(test.engine.watches().map(\.taskId) == ["café"])
        }
    }
}
