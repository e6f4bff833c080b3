import CoverModel
import CoverWatch
import TestSupport
import Testing

@Suite struct FaultTests {
    @Test func anInvisibleTaskHasAGracePeriod() async throws {
        let source = ScriptedStatusSource { taskId, _ in throw CoverError(.taskNotFound, "no such task", taskId: taskId)
        }
        try await RunningEngine(source).run { test in
            try await test.watch("often", interval: .seconds(10))
            try await test.watch("seldom", interval: .seconds(3600))
            try await test.pass(.seconds(89.9))
            #expect(test.events.isEmpty)
            try await test.pass(.seconds(0.2))
            #expect(
                Set(test.events.map { $0.dropFirst(2) }) == ["seldom ended taskNotFound", "often ended taskNotFound"]
            )
            #expect(test.engine.statistics.isEmpty)
            #expect(source.queries(of: "seldom") == 2)
        }
    }

    /// Only the newest reading counts. If the newest reading is a status, an earlier error does not matter.
    @Test func aWatchThatTimesOutSaysWhyThereIsNoStatus() async throws {
        let source = ScriptedStatusSource { taskId, query in
            if (taskId == "bad") == (query > 0) { throw CoverError(.malformedResponse, "not the API", httpStatus: 200) }
            return .scripted(taskId, .generating)
        }
        let journal = MemoryJournal(epoch: "test")
        try await RunningEngine(source, journal: journal).run { test in
            try await test.watch("bad", interval: .seconds(10), timeout: .seconds(60))
            try await test.watch("good", interval: .seconds(10), timeout: .seconds(61))
            try await test.pass(.seconds(62), step: .seconds(1))
            let ends = try await test.engine.changes(after: 0, limit: 100).entries.compactMap { entry -> WatchEnded? in
                if case .ended(let end) = entry { end } else { nil }
            }
            #expect(ends.map(\.reason) == ["timeout", "timeout"])
            #expect(ends.map(\.error?.message) == ["not the API", nil])
            #expect(ends.first?.error?.taskId == "bad")
        }
    }

    @Test func aLateTaskIsFollowed() async throws {
        let source = ScriptedStatusSource { taskId, query in
            if query < 4 { throw CoverError(.taskNotFound, "no such task") }
            return .scripted(taskId, .succeeded)
        }
        try await RunningEngine(source).run { test in
            try await test.watch("a", interval: .seconds(10))
            try await test.pass(.seconds(60))
            #expect(test.events == ["1 a nil>succeeded!"])
        }
    }

    private static let passing: Set<CoverError.Kind> = [.taskNotFound, .shuttingDown, .untrustedServer]

    @Test(arguments: CoverError.Kind.all.filter { !$0.trait.retryable && !passing.contains($0) })
    func lastingErrorsEndTheWatch(_ kind: CoverError.Kind) async throws {
        let source = ScriptedStatusSource { taskId, _ in
            if taskId == "good" { return .scripted(taskId, .pending) }
            throw CoverError(kind, "no")
        }
        try await RunningEngine(source).run { test in
            // The test watches the tasks one after the other, because queries that run at the same time may be answered
            // in any order.
            try await test.watch("bad")
            try await test.watch("good")
            #expect(test.events == ["1 bad ended \(kind.rawValue)", "2 good nil>pending"])
            #expect(test.engine.watches().map(\.taskId) == ["good"])
            #expect(test.engine.health.state == .ok)
        }
    }

    @Test(arguments: [
        CoverError.Kind.serverError, .unreachable, .requestTimeout, .malformedResponse, .overloaded, .shuttingDown,
    ])
    func passingFaultsNeverEndAWatch(_ kind: CoverError.Kind) async throws {
        let source = ScriptedStatusSource { taskId, query in
            if query < 30 { throw CoverError(kind, "not now") }
            return .scripted(taskId, .succeeded)
        }
        try await RunningEngine(source).run { test in
            try await test.watch("a")
            try await test.pass(.seconds(600), step: .seconds(1))
            let early = source.queries(of: "a")
            #expect((5...20).contains(early))
            try await test.pass(.seconds(7200), step: .seconds(10))
            #expect(test.events.filter { !$0.hasPrefix("health") } == ["1 a nil>succeeded!"])
        }
    }

    /// The cause may be the sign-in page of a network, or a file that another program is writing. Until the cause is
    /// gone, the task is polled at most once per interval.
    @Test(arguments: [CoverError.Kind.untrustedServer, .unreachable, .badRequest])
    func aLocalObstacleFailsCallsAndEndsNoWatch(_ kind: CoverError.Kind) async throws {
        let source = ScriptedStatusSource { taskId, query in
            if query < 6 {
                var error = CoverError(kind, "The certificate is for another name.")
                error.retryable = false
                error.isOfThisMachine = kind == .badRequest
                throw error
            }
            return .scripted(taskId, .succeeded)
        }
        try await RunningEngine(source).run { test in
            try await test.watch("a", interval: .seconds(10))
            try await test.pass(.seconds(8.9))
            #expect(source.queries(of: "a") == 1)
            try await test.pass(.seconds(2.2))
            #expect(source.queries(of: "a") == 2)
            #expect(test.engine.health.state == .unreachable)
            if kind == .untrustedServer { #expect(test.engine.health.message.contains("for another name")) }
            do {
                async let wait = test.engine.wait(for: "a")
                while test.engine.statistics.waiters < 1 { await Task.yield() }
                try await test.pass(.seconds(12))
                _ = try await wait
                Issue.record("the call did not fail")
            } catch let error as CoverError {
                #expect(error.kind == kind)
                #expect(error.taskId == "a")
            }
            #expect(test.engine.watches().map(\.taskId) == ["a"])
            try await test.pass(.seconds(60))
            #expect(test.events.filter { !$0.hasPrefix("health") } == ["1 a nil>succeeded!"])
            #expect(test.engine.health.state == .ok)
            #expect(test.engine.statistics.isEmpty)
        }
    }

    @Test func anUnknownErrorIsAFaultToo() async throws {
        struct Odd: Error {}
        let source = ScriptedStatusSource { taskId, query in
            switch query {
            case 0: throw Odd()
            case 1: throw CancellationError()
            default: return .scripted(taskId, .succeeded)
            }
        }
        try await RunningEngine(source).run { test in
            try await test.watch("a")
            try await test.pass(.seconds(20))
            #expect(test.events.last == "1 a nil>succeeded!" || test.events.contains("1 a nil>succeeded!"))
        }
    }

    @Test func aSuccessWithoutImagesIsPolledAgain() async throws {
        let source = ScriptedStatusSource { taskId, query in
            .scripted(taskId, .succeeded, images: taskId == "late" && query == 3 ? ["https://example.com/1.png"] : [])
        }
        let test = try RunningEngine(source)
        try await test.run { test in
            try await test.watch("never", "late", interval: .seconds(30))
            try await test.pass(.seconds(7.5))
            #expect(test.events == ["1 late nil>succeeded!"])
            try await test.pass(.seconds(30))
            #expect(test.events.last == "2 never nil>succeeded!")
            #expect(source.queries(of: "never") == 6)
            let page = try await test.engine.changes(after: 1, limit: 1)
            guard case .changed(let change) = try #require(page.entries.first) else { return }
            #expect(change.status.warnings.map(\.kind) == ["noImages"])
        }
    }

    @Test func moreImagesAreAChangeAndFewerAreNot() async throws {
        let images = [
            [], ["https://a/1"], ["https://a/1", "https://a/2"], ["https://a/1"], ["https://a/1", "https://a/2"],
        ]
        let source = ScriptedStatusSource { taskId, query in
            .scripted(taskId, .generating, images: images[min(query, 4)])
        }
        try await RunningEngine(source).run { test in
            try await test.watch("a")
            try await test.pass(.seconds(10))
            #expect(
                test.events == ["1 a nil>generating", "2 a generating>generating", "3 a generating>generating"]
            )
            #expect(test.engine.statistics.backwards == 1)
        }
    }
}
