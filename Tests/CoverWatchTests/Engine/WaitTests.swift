import CoverModel
import Jansson
import TestSupport
import Testing

@testable import CoverWatch

@Suite struct WaitTests {
    @Test func manyWaitForOneTaskWithOneQueryAtATime() async throws {
        let source = ScriptedStatusSource(states: [.pending, .generating, .succeeded])
        try await RunningEngine(source).run { test in
            try await withThrowingTaskGroup { group in
                for _ in 0..<50 {
                    group.addTask { try await test.engine.wait(for: "a") }
                }
                while test.engine.statistics.waiters < 50 { await Task.yield() }
                #expect(test.engine.watches().isEmpty)
                try await test.pass(.seconds(90), step: .seconds(1))
                for try await status in group { #expect(status.state == .succeeded) }
            }
            #expect(source.queries == 3)
            #expect(test.events.isEmpty)
            #expect(test.engine.statistics.isEmpty)
        }
    }

    @Test func eachNewStateOfAnAwaitedTaskIsReportedOnce() async throws {
        let source = ScriptedStatusSource(states: [.pending, .pending, .generating, .generating, .succeeded])
        try await RunningEngine(source).run { test in
            let states = test.engine.states(of: "a")
            async let wait = test.engine.wait(for: "a")
            while test.engine.statistics.waiters < 1 { await Task.yield() }
            try await test.pass(.seconds(180), step: .seconds(1))
            _ = try await wait
            var seen: [CoverState] = []
            for await state in states.prefix(3) { seen.append(state) }
            #expect(seen == [.pending, .generating, .succeeded])
            #expect(source.queries == 5)
        }
    }

    @Test func aWaitReachesItsTimeoutWithTheLastStatus() async throws {
        try await RunningEngine(ScriptedStatusSource(states: [.generating])).run { test in
            async let wait = test.engine.wait(for: "a", timeout: .seconds(5))
            while test.engine.statistics.waiters < 1 { await Task.yield() }
            try await test.pass(.seconds(5))
            do {
                _ = try await wait
                Issue.record("the task was never final")
            } catch let timeout as WaitTimeout {
                #expect(timeout.last?.state == .generating)
                #expect(timeout.coverError.kind == .waitTimeout)
            }
            #expect(test.engine.statistics.isEmpty)
        }
    }

    /// If no status has come, the caller does not know whether the task exists.
    @Test(arguments: [
        (true, "was not finished in time. It continues"),
        (false, "No status of the task came in time. If it was ordered"),
    ])
    func aTimeoutReportsTheLastStatus(isSeen: Bool, words: String) {
        let last =
            isSeen ? CoverStatus(taskId: "a", state: .pending, final: false, checkedAt: .init(milliseconds: 0)) : nil
        #expect(WaitTimeout(taskId: "a", last: last).coverError.message.contains(words))
    }

    /// A success without images is polled again before it counts. If the time is over meanwhile, the caller gets it.
    @Test func aTimeoutBetweenTwoPollsForImagesCarriesTheSuccess() async throws {
        let source = ScriptedStatusSource { taskId, query in
            if query == 1 { throw CoverError(.serverError, "The API has a fault.") }
            var status = CoverStatus.scripted("other", .succeeded, images: [])
            status.record = try JSONValue(parsing: #"{"taskId":"other"}"#)
            return status
        }
        try await RunningEngine(source).run { test in
            try await test.watch("a", interval: .seconds(30), timeout: .seconds(5))
            let wait = Task { try await test.engine.wait(for: "a", timeout: .seconds(5)) }
            while test.engine.statistics.waiters < 1 { await Task.yield() }
            try await test.pass(.seconds(6))
            let timeout = await #expect(throws: WaitTimeout.self) { try await wait.value }
            #expect(timeout?.last?.state == .succeeded)
            #expect(timeout?.last?.taskId == "a" && timeout?.last?.final == false && timeout?.last?.record == nil)
            #expect(timeout?.coverError.message.hasPrefix("The task succeeded, but its images were not there") == true)
            #expect(test.events.filter { !$0.hasPrefix("health") } == ["1 a nil>succeeded", "2 a ended timeout"])
            #expect(test.engine.statistics.isEmpty)
        }
    }

    @Test func aTimeoutSaysWhyThereIsNoStatus() async throws {
        let source = ScriptedStatusSource { taskId, query in
            if query == 0 { return .scripted(taskId, .generating) }
            throw CoverError(.serverError, "The API has a fault.", httpStatus: 500, apiMessage: "database down")
        }
        try await RunningEngine(source).run { test in
            let wait = Task { try await test.engine.wait(for: "a", timeout: .seconds(100)) }
            while test.engine.statistics.waiters < 1 { await Task.yield() }
            try await test.pass(.seconds(100), step: .seconds(1))
            let timeout = await #expect(throws: WaitTimeout.self) { try await wait.value }
            #expect(timeout?.last?.state == .generating)
            #expect(timeout?.coverError.message.hasSuffix("The last query failed: The API has a fault.") == true)
            #expect(timeout?.coverError.apiMessage == "database down")
        }
    }

    @Test func aCancelledWaitLeavesNothing() async throws {
        let source = ScriptedStatusSource(states: [.pending])
        try await RunningEngine(source).run { test in
            source.hold()
            let wait = Task { try await test.engine.wait(for: "a", timeout: .seconds(100)) }
            while source.queries == 0 { await Task.yield() }
            wait.cancel()
            await #expect(throws: CancellationError.self) { try await wait.value }
            #expect(test.engine.statistics.timers == 0)
            source.release()
            try await test.settle()
            #expect(test.engine.statistics.isEmpty)
            #expect(test.events.isEmpty)
        }
    }

    @Test func aWaitSharesTheWatchAndOutlivesIt() async throws {
        let source = ScriptedStatusSource(states: [.pending, .pending, .succeeded])
        try await RunningEngine(source).run { test in
            try await test.watch("a", interval: .seconds(10))
            async let wait = test.engine.wait(for: "a")
            while test.engine.statistics.waiters < 1 { await Task.yield() }
            try await test.pass(.seconds(12))
            #expect(try await test.engine.unwatch(["a"]).settled() == ["a"])
            try await test.pass(.seconds(12))
            #expect(try await wait.state == .succeeded)
            #expect(test.events == ["1 a nil>pending"])
            #expect(test.engine.statistics.isEmpty)
        }
    }

    @Test(arguments: [nil, Duration.seconds(5)])
    func aWaitThatOutlivesAWatchIsPolledAtTheDefaultInterval(_ timeout: Duration?) async throws {
        let source = ScriptedStatusSource(states: [.pending, .pending, .succeeded])
        try await RunningEngine(source).run { test in
            try await test.watch("a", interval: .seconds(86_400), timeout: timeout)
            async let wait = test.engine.wait(for: "a", timeout: .seconds(65))
            while test.engine.statistics.waiters < 1 { await Task.yield() }
            try await test.pass(.seconds(6))
            if timeout == nil { #expect(try await test.engine.unwatch(["a"]).settled() == ["a"]) }
            try await test.pass(.seconds(60))
            #expect(try await wait.state == .succeeded)
            #expect(test.engine.statistics.isEmpty)
        }
    }

    @Test func anEndedWatchEndsTheWaitsOnItsTask() async throws {
        let source = ScriptedStatusSource { _, _ in throw CoverError(.insufficientCredits, "pay") }
        try await RunningEngine(source).run { test in
            let error = await #expect(throws: CoverError.self) { try await test.engine.wait(for: "a") }
            #expect(error?.kind == .insufficientCredits)
            #expect(error?.taskId == "a")
            #expect(test.events.isEmpty)
        }
    }

    @Test func stoppingTheEngineAnswersWaits() async throws {
        let test = try RunningEngine(ScriptedStatusSource(states: [.pending]))
        let wait = Task { try await test.engine.wait(for: "a") }
        try await test.run { test in
            while test.engine.statistics.waiters < 1 { await Task.yield() }
        }
        let error = await #expect(throws: CoverError.self) { try await wait.value }
        #expect(error?.kind == .shuttingDown)
    }
}
