import CoverModel
import CoverWatch
import TestSupport
import Testing

/// Many callers act at the same moment, on the real task scheduler.
@Suite struct ConcurrencyTests {
    @Test(.timeLimit(.minutes(5))) func watchingWaitingCancellingAndEndingAtOnceLeaveNothing() async throws {
        let source = ScriptedStatusSource { taskId, query in
            if taskId.text.hasSuffix("7") { throw CoverError(.unauthorized, "no") }
            return .scripted(taskId, taskId.text.hasSuffix("3") || query < 2 ? .pending : .succeeded)
        }
        let ids = (0..<50).map { TaskID("task \($0)") }
        try await RunningEngine(source).run { test in
            await withTaskGroup { group in
                for (index, taskId) in (ids + ids + ids + ids).enumerated() {
                    group.addTask {
                        if let pending = try? await test.engine.watch([taskId], interval: .seconds(1)), index % 3 > 0 {
                            pending.activate()
                        }
                    }
                    group.addTask {
                        let wait = Task { try await test.engine.wait(for: taskId, timeout: .seconds(index % 5 + 1)) }
                        if index % 2 == 0 { wait.cancel() }
                        _ = try? await wait.value
                    }
                    group.addTask { if index % 4 == 0 { _ = try? await test.engine.unwatch([taskId]).settled() } }
                    group.addTask { test.clock.advance(by: .milliseconds(100)) }
                }
                group.addTask {
                    for _ in 0..<20 {
                        try? await test.pass(.seconds(1))
                        await Task.yield()
                    }
                }
                // A wait may begin after the clock has moved. So the clock moves on until all waits are over.
                let passing = Task { while !Task.isCancelled { try? await test.pass(.seconds(1)) } }
                await group.waitForAll()
                passing.cancel()
                await passing.value
            }
            _ = try await test.engine.unwatch(ids).settled()
            try await test.settle()
            #expect(test.engine.statistics.isEmpty)
            // The scheduling loop of the engine must not sleep again.
            while test.clock.sleeperCount > 0 { await Task.yield() }
            // The sequence numbers of the events have no gap.
            let numbers = test.events.compactMap { $0.split(separator: " ").first.flatMap { Int($0) } }
            #expect(numbers == Array(1...max(numbers.count, 1)))
        }
    }

    @Test func nothingIsEmittedAfterUnwatch() async throws {
        let source = ScriptedStatusSource(states: [.pending, .generating])
        try await RunningEngine(source).run { test in
            for round in 0..<100 {
                try await test.engine.watch(["a"], interval: .seconds(1)).activate()
                if round % 2 == 0 { test.clock.advance(by: .seconds(2)) }
                _ = try await test.engine.unwatch(["a"]).settled()
                let emitted = test.events.count
                try await test.settle()
                #expect(test.events.count == emitted)
            }
        }
    }

    @Test func aRunIsCancelledWithItsQueries() async throws {
        let source = EndlessStatusSource()
        let test = try RunningEngine(source)
        try await test.run { test in
            try await test.engine.watch(["a", "b"], interval: .seconds(1)).activate()
            while test.engine.statistics.inFlight < 2 { await Task.yield() }
        }
        await #expect(throws: CoverError.self) { try await test.engine.run { _, _ in } }
    }
}

/// A source that never answers. Its queries end when they are cancelled.
private struct EndlessStatusSource: StatusSource {
    func poll(_ taskId: TaskID, _: FleetFreshness) async throws -> Reading {
        for await _ in AsyncStream<Never>.makeStream().stream {}
        throw CancellationError()
    }
}
