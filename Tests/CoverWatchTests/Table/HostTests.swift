import CoverModel
import CoverWatch
import TestSupport
import Testing

/// Tests faults of the API host. Such a fault affects every watch.
@Suite struct HostTests {
    @Test(
        arguments: [
            (CoverError.Kind.rateLimited, "rateLimited", nil, 5.0), (.rateLimited, "rateLimited", 1, 1),
            (.rateLimited, "rateLimited", 100_000, 600), (.maintenance, "maintenance", nil, 30),
        ] as [(CoverError.Kind, String, Double?, Double)]
    )
    func throttlingPausesAll(_ kind: CoverError.Kind, _ state: String, _ retryAfter: Double?, _ pause: Double)
        async throws
    {
        let source = ScriptedStatusSource { taskId, query in
            if taskId == "a", query == 0 { throw CoverError(kind, "slower", retryAfter: retryAfter) }
            return .scripted(taskId, .pending)
        }
        var configuration = WatchEngine.Configuration.fast
        configuration.maximumInFlight = 1
        try await RunningEngine(source, configuration: configuration).run { test in
            try await test.watch("a", "b", "c")
            #expect(test.events == ["health \(state)"])
            #expect(test.engine.health.retryAt != nil)
            #expect(source.queries == 1)
            try await test.pass(.seconds(pause - 0.05), step: .seconds(pause - 0.05))
            #expect(source.queries == 1)
            try await test.pass(.seconds(pause / 10 + 0.1), step: .seconds(pause / 10 + 0.1))
            #expect(test.events.prefix(2) == ["health \(state)", "health ok"])
            #expect(
                Set(test.events.suffix(3).map { $0.suffix(13) }) == ["a nil>pending", "b nil>pending", "c nil>pending"]
            )
            #expect(test.engine.health == .ok)
        }
    }

    @Test func oneTrialQueryTestsForRecovery() async throws {
        let clock = ManualClock()
        let source = ScriptedStatusSource { taskId, _ in
            if clock.now.offset < .seconds(20) { throw CoverError(.rateLimited, "slower") }
            return .scripted(taskId, .pending)
        }
        let ids = (0..<20).map { TaskID("task \($0)") }
        try await RunningEngine(source, clock: clock).run { test in
            try await test.engine.watch(ids, interval: .seconds(1)).activate()
            try await test.settle()
            #expect(source.queries == 20)
            // The pauses are about 5 s, 10 s, 20 s and so on. Each is up to a tenth longer. One query follows each
            // pause.
            try await test.pass(.seconds(5.6))
            #expect(source.queries == 21)
            try await test.pass(.seconds(11.1))
            #expect(source.queries == 22)
            try await test.pass(.seconds(30), step: .seconds(1))
            #expect(test.events.filter { $0.hasPrefix("health") } == ["health rateLimited", "health ok"])
            #expect(test.engine.statistics.changes == 20)
        }
    }

    @Test func theOtherQueriesResumeSpreadOut() throws {
        var simulation = Simulation(rate: 10)
        simulation.watch((0..<31).map { "task \($0)" }, interval: .seconds(30))
        let first = try #require(simulation.tick().first)
        simulation.read(first, .failure(CoverError(.maintenance, "back soon", retryAfter: 10)))
        #expect(simulation.answerAll(until: .seconds(9)) == 0)
        // One trial query is made first. After it, ten queries are made per second.
        #expect((1...12).contains(simulation.answerAll(until: .seconds(11.5))))
        #expect((9...11).contains(simulation.answerAll(until: .seconds(12.5))))
    }

    @Test(arguments: [
        (CoverError.Kind.unreachable, "unreachable"), (.serverError, "degraded"), (.malformedResponse, "degraded"),
    ])
    func badHealthIsReportedOnce(_ kind: CoverError.Kind, _ state: String) async throws {
        let source = ScriptedStatusSource { taskId, query in
            if query < 5 { throw CoverError(kind, "no") }
            return .scripted(taskId, .pending)
        }
        try await RunningEngine(source).run { test in
            try await test.watch("a")
            #expect(test.events.isEmpty)
            try await test.pass(.seconds(120))
            #expect(test.events == ["health \(state)", "health ok", "1 a nil>pending"])
        }
    }

    /// The fault remains until a person repairs it, so the first poll reports it. A new reason is reported once more.
    /// The same reason is not repeated.
    @Test func aLastingReasonAndANewOneAreReportedAtOnce() async throws {
        let reasons = ["it expired", "it expired", "it is for another name", "it is for another name"]
        let source = ScriptedStatusSource { taskId, query in
            if query < reasons.count { throw CoverError(.untrustedServer, reasons[query]) }
            return .scripted(taskId, .pending)
        }
        try await RunningEngine(source).run { test in
            try await test.watch("a", interval: .seconds(10))
            #expect(test.events == ["health unreachable"])
            #expect(test.engine.health.message.contains("expired"))
            try await test.pass(.seconds(120))
            #expect(
                test.events == ["health unreachable", "health unreachable", "health ok", "1 a nil>pending"]
            )
        }
    }
}
