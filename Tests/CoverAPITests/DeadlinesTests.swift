import TestSupport
import Testing

@testable import CoverAPI

@Suite struct DeadlinesTests {
    private let clock = ManualClock()
    private let deadlines: Deadlines

    init() {
        deadlines = Deadlines(timeline: clock.timeline())
    }

    /// Work that would go on for ever.
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

    @Test func whatHasLessTimeIsNotHeldUpByWhatHasMore() async {
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

    @Test func oneTaskSleepsForAll() async {
        let tasks = (0..<10).map { _ in endless(.seconds(30)) }
        // Each one's work, and the one that watches over them.
        await clock.sleepers(atLeast: 11)
        #expect(clock.sleeperCount == 11)
        clock.advance(by: .seconds(30))
        for task in tasks { await expectTimeout(task) }
        #expect(clock.sleeperCount == 0)
    }

    @Test func whoeverIsCancelledHearsOfThatAndNotOfTheTime() async {
        let task = endless(.seconds(30))
        await clock.sleepers(atLeast: 2)
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test func whatIsDoneInTimeIsReturned() async throws {
        let value = try await deadlines.within(.seconds(1)) {
            CoverError(.requestTimeout, "too late")
        } work: {
            42
        }
        #expect(value == 42)
    }
}
