import CoverModel
import CoverWatch
import TestSupport
import Testing

/// Tests how one answer, or several answers in a row, change a watch or a wait.
@Suite(.timeLimit(.minutes(5))) struct AnswerTests {
    @Test func aSuccessWithoutImagesIsPolledFiveTimesMore() async throws {
        let source = ScriptedStatusSource { taskId, _ in .scripted(taskId, .succeeded, images: []) }
        try await RunningEngine(source).run { test in
            try await test.watch("a", interval: .seconds(30))
            async let waited = test.engine.wait(for: "a")
            try await test.pass(.seconds(30.9))
            #expect(source.queries == 5)
            #expect(test.events.isEmpty)
            try await test.pass(.seconds(0.2))
            #expect(source.queries == 6)
            #expect(test.events == ["1 a nil>succeeded!"])
            #expect(try await waited.warnings.map(\.kind) == ["noImages"])
            try await test.pass(.seconds(3600), step: .seconds(10))
            #expect(source.queries == 6)
            #expect(test.engine.statistics.isEmpty)
        }
    }

    @Test func aSuccessWhoseImagesAreAllRefusedIsFinalAtOnce() async throws {
        let source = ScriptedStatusSource { taskId, _ in
            var status = CoverStatus.scripted(taskId, .succeeded, images: [])
            status.final = true
            return status
        }
        try await RunningEngine(source).run { test in
            try await test.watch("a")
            #expect(test.events == ["1 a nil>succeeded!"])
            #expect(try await test.engine.wait(for: "b").final)
            #expect(source.queries == 2)
        }
    }

    /// If a record changes back and forth, the quick polls do not start again with each change.
    @Test func quickPollsAreCountedOverTheWholeWatch() async throws {
        let source = ScriptedStatusSource { taskId, query in
            query.isMultiple(of: 2) ? .scripted(taskId, .pending) : .scripted(taskId, .succeeded, images: [])
        }
        try await RunningEngine(source).run { test in
            try await test.watch("a", interval: .seconds(30))
            try await test.pass(.seconds(600), step: .seconds(1))
            #expect(test.events == ["1 a nil>pending", "2 a pending>succeeded!"])
            #expect(source.queries == 12)
        }
    }

    @Test(arguments: [(401, "unauthorized"), (403, "unauthorized"), (407, "unauthorized"), (410, "taskNotFound")])
    func sixForeignRefusalsInARowEndTheWatch(_ status: Int, _ reason: String) async throws {
        let source = ScriptedStatusSource { _, query in
            // A different answer between the refusals restarts their count.
            if query == 5 { throw CoverError(.serverError, "fault", httpStatus: 502) }
            throw CoverError(.malformedResponse, "a web page came (HTTP \(status)).", httpStatus: status)
        }
        try await RunningEngine(source).run { test in
            try await test.watch("a")
            let waited = Task { try await test.engine.wait(for: "a") }
            try await test.pass(.seconds(7200), step: .seconds(5))
            #expect(source.queries == 12)
            #expect(test.events.filter { !$0.hasPrefix("health") } == ["1 a ended \(reason)"])
            let error = try await #require(throws: CoverError.self) { try await waited.value }
            #expect(error.kind.rawValue == reason)
            #expect(error.message.contains("a web page came (HTTP \(status))"))
            #expect(error.message.hasPrefix("6 times in a row"))
        }
    }

    /// Other answers of foreign servers are passing faults, and the watch continues after any number of them.
    @Test(arguments: [200, 400, 402, 404, 409, 422, 451, 505])
    func otherForeignAnswersEndNothing(_ status: Int) async throws {
        let source = ScriptedStatusSource { taskId, query in
            if query < 20 { throw CoverError(.malformedResponse, "a web page came", httpStatus: status) }
            return .scripted(taskId, .succeeded)
        }
        try await RunningEngine(source).run { test in
            try await test.watch("a")
            try await test.pass(.seconds(7200), step: .seconds(5))
            #expect(test.events.contains("1 a nil>succeeded!"))
        }
    }

    /// A deleted task has been visible before. So the watch does not give the task time to become visible, and ends at
    /// once.
    @Test func aDeletedTaskEndsItsWatchAtOnce() async throws {
        let source = ScriptedStatusSource { _, _ in
            throw CoverError(.taskNotFound, "gone", httpStatus: 410, apiCode: 410)
        }
        try await RunningEngine(source).run { test in
            try await test.watch("a")
            #expect(test.events == ["1 a ended taskNotFound"])
        }
    }

    /// After any fault, the pause is at least as long as the answer asks for. It is never longer than the longest
    /// pause.
    @Test(arguments: [(500, 8.0, 8.0), (503, 120, 120), (200, 30, 30), (503, 100_000, 600)])
    func aFaultIsPolledAgainWhenTheAnswerSays(_ status: Int, _ retryAfter: Double, _ pause: Double) async throws {
        let source = ScriptedStatusSource { taskId, query in
            let kind: CoverError.Kind = status == 200 ? .malformedResponse : .serverError
            if query == 0 { throw CoverError(kind, "fault", retryAfter: retryAfter, httpStatus: status) }
            return .scripted(taskId, .pending)
        }
        try await RunningEngine(source).run { test in
            try await test.watch("a", interval: .seconds(5))
            try await test.pass(.seconds(pause - 0.1))
            #expect(source.queries == 1)
            try await test.pass(.seconds(0.2))
            #expect(source.queries == 2)
        }
    }

    /// The documentation of the API has no code 407, so such an answer most likely comes from a proxy.
    @Test func sixProxyRefusalsInTheAPIsFormEndTheWatch() async throws {
        let source = ScriptedStatusSource { _, _ in
            throw CoverError(
                .malformedResponse,
                "a proxy asks for a login",
                httpStatus: 407,
                apiCode: 407,
                apiMessage: "denied"
            )
        }
        try await RunningEngine(source).run { test in
            try await test.watch("a")
            try await test.pass(.seconds(3600), step: .seconds(5))
            #expect(source.queries == 6)
            #expect(test.events.filter { !$0.hasPrefix("health") } == ["1 a ended unauthorized"])
        }
    }

    /// If a poll joins the query of a call, and calls pause, nothing was sent. So the watch has no fault and no failure.
    @Test func aPauseOfCallsDefersTheWatch() async throws {
        let source = ScriptedStatusSource { taskId, query in
            if query < 3 { throw QueriesPaused(isMaintenance: false, for: .seconds(20), pausing: "calls pause") }
            return .scripted(taskId, .pending)
        }
        try await RunningEngine(source).run { test in
            try await test.engine.watch(["a"], interval: .seconds(5), timeout: nil).activate()
            while source.queries < 4 {
                await Task.yield()
                test.clock.advance(by: .milliseconds(100))
            }
            try await test.settle()
            #expect(test.clock.now.offset >= .seconds(60))
            #expect(test.events == ["1 a nil>pending"])
            #expect(test.engine.watches().map(\.checks) == [1])
        }
    }

    /// A host may ask for no pause again and again. Even then the watch must not query as fast as the budget allows.
    @Test(arguments: [0.0, 0.001, 1])
    func shortPausesGrow(_ retryAfter: Double) async throws {
        let source = ScriptedStatusSource { _, _ in throw CoverError(.rateLimited, "slower", retryAfter: retryAfter) }
        try await RunningEngine(source).run { test in
            try await test.watch("a")
            try await test.pass(.seconds(600), step: .seconds(0.5))
            #expect((8...11).contains(source.queries), "\(source.queries) queries")
        }
    }
}
