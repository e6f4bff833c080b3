import CoverModel
import TestSupport
import Testing

@testable import CoverAPI

@Suite struct DeadlinesTests {
    private let clock = ManualClock()
    private let deadlines: Deadlines

    init() {
        deadlines = Deadlines(timeline: clock.timeline())
    }

    /// Starts work that never ends by itself.
    private func endless(_ limit: Duration) -> Task<Void, any Error> {
        let (clock, deadlines) = (clock, deadlines)
        return Task {
            try await deadlines.within(limit) {
                CoverError(.requestTimeout, "\(limit)")
            } work: {
                try await clock.sleep(until: clock.now.advanced(by: .seconds(1_000_000)), tolerance: nil)
            }
        }
    }

    private func expectTimeout(_ task: Task<Void, any Error>) async {
        let error = await #expect(throws: CoverError.self) { try await task.value }
        #expect(error?.kind == .requestTimeout)
    }

    @Test func aShorterDeadlineIsNotDelayedByALongerOne() async {
        let long = endless(.seconds(60))
        await clock.sleepers(atLeast: 2)
        let short = endless(.seconds(10))
        while clock.nextDeadline?.offset != .seconds(10) { await Task.yield() }
        clock.advance(by: .seconds(10))
        await expectTimeout(short)
        while clock.nextDeadline?.offset != .seconds(60) { await Task.yield() }
        clock.advance(by: .seconds(50))
        await expectTimeout(long)
    }

    @Test func oneTaskSleepsForAllDeadlines() async {
        let tasks = (0..<10).map { _ in endless(.seconds(30)) }
        // There are eleven sleepers. Ten are the pieces of work, and one is the task that sleeps for all deadlines.
        await clock.sleepers(atLeast: 11)
        #expect(clock.sleeperCount == 11)
        clock.advance(by: .seconds(30))
        for task in tasks { await expectTimeout(task) }
        #expect(clock.sleeperCount == 0)
    }

    @Test func aCancelledCallerGetsCancellationAndNotATimeout() async {
        let task = endless(.seconds(30))
        await clock.sleepers(atLeast: 2)
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test func workThatFinishesInTimeIsReturned() async throws {
        let value = try await deadlines.within(.seconds(1)) {
            CoverError(.requestTimeout, "too late")
        } work: {
            42
        }
        #expect(value == 42)
    }

    /// Starts work that ends when its time is over. The work then returns the value that it receives.
    private func waiting(_ limit: Duration) -> (Task<Int, any Error>, AsyncStream<Int>.Continuation) {
        let (values, continuation) = AsyncStream.makeStream(of: Int.self)
        let deadlines = deadlines
        let task = Task {
            try await deadlines.within(limit) {
                CoverError(.requestTimeout, "\(limit)")
            } work: { whenLate in
                whenLate { continuation.yield(1) }
                var iterator = values.makeAsyncIterator()
                return await iterator.next() ?? 0
            }
        }
        return (task, continuation)
    }

    @Test func workIsNotifiedWhenItsTimeIsOver() async {
        let (task, _) = waiting(.seconds(30))
        await clock.sleepers(atLeast: 1)
        clock.advance(by: .seconds(29))
        #expect(clock.sleeperCount == 1)
        clock.advance(by: .seconds(1))
        let error = await #expect(throws: CoverError.self) { try await task.value }
        #expect(error?.kind == .requestTimeout)
    }

    @Test func workThatRenewsItsTimeContinuesUntilItStops() async {
        let (clock, deadlines) = (clock, deadlines)
        let (signals, signal) = AsyncStream.makeStream(of: Void.self)
        let (renewals, renewed) = AsyncStream.makeStream(of: Void.self)
        let task = Task {
            try await deadlines.within(renewable: .seconds(30)) {
                CoverError(.requestTimeout, "silent")
            } work: { renew in
                defer { renewed.finish() }
                for await _ in signals {
                    renew()
                    renewed.yield()
                }
                try Task.checkCancellation()
            }
        }
        var seen = renewals.makeAsyncIterator()
        await clock.sleepers(atLeast: 1)
        for _ in 0..<3 {
            clock.advance(by: .seconds(20))
            signal.yield()
            await seen.next()
        }
        clock.advance(by: .seconds(30))
        await expectTimeout(task)
    }

    @Test func workThatEndsItselfInTimeIsReturned() async throws {
        let (task, continuation) = waiting(.seconds(30))
        await clock.sleepers(atLeast: 1)
        continuation.yield(7)
        #expect(try await task.value == 7)
    }

    @Test func workWithoutTimeNeverBegins() async {
        await #expect(throws: CoverError.self) {
            try await deadlines.within(.zero) {
                CoverError(.requestTimeout, "too late")
            } work: { _ in
                Issue.record("begun")
            }
        }
    }
}
