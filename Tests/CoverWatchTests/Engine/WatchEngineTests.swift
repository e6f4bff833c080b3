import CoverModel
import CoverWatch
import TestSupport
import Testing

@Suite struct WatchEngineTests {
    @Test func emitsEachStateOnce() async throws {
        let source = ScriptedStatusSource(states: [.pending, .pending, .generating, .generating, .pending, .succeeded])
        try await RunningEngine(source).run { test in
            try await test.watch("a")
            try await test.pass(.seconds(20))
            #expect(test.events == ["1 a nil>pending", "2 a pending>generating", "3 a generating>succeeded!"])
            #expect(test.engine.statistics.backwards == 1)
            #expect(test.engine.statistics.isEmpty)
            #expect(source.queries(of: "a") == 6)
            #expect(test.clock.sleeperCount == 0)
        }
    }

    /// Swift's `String` treats `café` with and without a combining accent as equal. The engine must compare the bytes
    /// of the URLs.
    @Test func imagesWithDifferentBytesAreDifferent() async throws {
        let addresses = ["https://i/café", "https://i/cafe\u{301}", "https://i/cafe\u{301}"]
        let source = ScriptedStatusSource { taskId, query in
            .scripted(taskId, .generating, images: [addresses[min(query, addresses.count - 1)]])
        }
        try await RunningEngine(source).run { test in
            try await test.watch("a")
            try await test.pass(.seconds(20))
            #expect(test.events == ["1 a nil>generating", "2 a generating>generating"])
        }
    }

    @Test func watchesFromBeforeTheRunBehaveLikeOthers() async throws {
        let test = try RunningEngine(ScriptedStatusSource(states: [.generating]))
        let pending = try test.engine.register(["a", "b", "a"], interval: .seconds(30))
        #expect(pending.watches.map(\.taskId) == ["a", "b"])
        try await test.run { test in
            try await pending.commit()
            pending.activate()
            _ = try await test.engine.sync()
            // Both queries are in flight together, so either may be answered first.
            #expect(test.events.map { $0.prefix(1) } == ["1", "2"])
            #expect(test.events.map { $0.dropFirst(2) }.sorted() == ["a nil>generating", "b nil>generating"])
            #expect(try await test.engine.unwatch(["b", "c"]).settled() == ["b"])
            #expect(test.engine.watches().map(\.taskId) == ["a"])
        }
    }

    @Test func aRollbackLeavesOnlyTheEarlierWatches() async throws {
        let source = ScriptedStatusSource(states: [.pending])
        try await RunningEngine(source).run { test in
            try await test.watch("old")
            let pending = try await test.engine.watch(["old", "new"], interval: .seconds(1))
            pending.rollback()
            #expect(test.engine.watches().map(\.taskId) == ["old"])
            try await test.pass(.seconds(5))
            #expect(source.queries(of: "new") == 0)
        }
    }

    @Test func watchingAndUnwatchingTakeEffectInTheirOrder() async throws {
        let source = ScriptedStatusSource(states: [.pending])
        try await RunningEngine(source).run { test in
            let pending = try test.engine.register(["a", "b"], interval: .seconds(1))
            let decision = try test.engine.unwatch(["a"])
            #expect(test.engine.watches().map(\.taskId) == ["b"])
            try await pending.commit()
            pending.activate()
            #expect(try await decision.settled() == ["a"])
            try await test.pass(.seconds(5))
            #expect(source.queries(of: "a") == 0)
            #expect(test.events == ["1 b nil>pending"])
        }
    }

    @Test func anUncommittedPendingWatchRollsBack() async throws {
        try await RunningEngine(ScriptedStatusSource(states: [.pending])).run { test in
            _ = try test.engine.register(["a"], interval: .seconds(1))
            #expect(test.engine.watches().isEmpty)
            try await test.pass(.seconds(5))
            #expect(test.engine.statistics.isEmpty)
        }
    }

    @Test func nothingIsEmittedBeforeActivation() async throws {
        let source = ScriptedStatusSource(states: [.succeeded])
        try await RunningEngine(source).run { test in
            let pending = try await test.engine.watch(["a"], interval: .seconds(1))
            test.clock.advance(by: .seconds(5))
            // `sync` is not used, because it would wait for the pending watch.
            _ = try await test.engine.unwatch(["another"]).settled()
            #expect(test.events.isEmpty)
            #expect(source.queries == 0)
            pending.activate()
            _ = try await test.engine.sync()
            #expect(test.events == ["1 a nil>succeeded!"])
            // The second time, the status comes from the journal without a query.
            let again = try await test.engine.watch(["a"], interval: .seconds(1))
            #expect(again.watches.first?.state == .succeeded)
            #expect(test.events.count == 1)
            again.activate()
            _ = try await test.engine.sync()
            #expect(test.events.last == "2 a succeeded>succeeded!")
            #expect(source.queries == 1)
            #expect(test.engine.statistics.isEmpty)
        }
    }

    /// The session that answers the calls may end together with the engine. A rollback after that must still reach the
    /// journal.
    @Test func aRollbackAfterTheEndIsNotInTheJournal() async throws {
        let journal = UnsteadyJournal(UnsteadyJournal.Disk())
        journal.steady()
        let engine = try RunningEngine(ScriptedStatusSource(states: [.pending]), journal: journal).engine
        let running = Task { try? await engine.run { _, _ in } }
        let pending = try await engine.watch(["a"], interval: .seconds(1))
        #expect(journal.disk.watches.count == 1)
        running.cancel()
        await #expect(throws: CoverError.self) { try await engine.sync() }
        pending.rollback()
        await running.value
        #expect(journal.disk.watches.isEmpty)
    }

    @Test func cancellingEndsEverything() async throws {
        let source = ScriptedStatusSource(states: [.pending])
        let test = try RunningEngine(source)
        try await test.run { test in try await test.watch("a") }
        await #expect(throws: CoverError.self) { try await test.engine.sync() }
        await #expect(throws: CoverError.self) { try await test.engine.wait(for: "a") }
        await #expect(throws: CoverError.self) { try await test.engine.watch(["a"], interval: .seconds(1)) }
    }
}
