import TestSupport
import Testing

@testable import CoverAPI

@Suite struct RateLimiterTests {
    /// A task sleeps until the next token and then wakes the callers that wait. This sleep may be long, so the task
    /// must end when the limiter is released.
    @Test func aReleasedLimiterLeavesNoSleepingTask() async throws {
        let clock = ManualClock()
        var limiter: RateLimiter? = RateLimiter(rate: 0.001, burst: 1, limit: 10, timeline: clock.timeline())
        try await limiter?.acquire(.interactive, requestNumber: 1)
        let waiting = Task { [limiter] in try await limiter?.acquire(.interactive, requestNumber: 2) }
        await clock.sleepers(atLeast: 1)
        waiting.cancel()
        _ = await waiting.result
        #expect(clock.sleeperCount == 1)
        limiter = nil
        #expect(clock.sleeperCount == 0)
    }
}
