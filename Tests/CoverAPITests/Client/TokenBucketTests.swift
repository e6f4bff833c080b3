import CoverModel
import Testing

@testable import CoverAPI

struct TokenBucketTests {
    /// No second has more queries than the rate plus the capacity of the bucket.
    @Test(arguments: [(10.0, 1.0), (10, 5), (0.5, 1), (333, 33)])
    func theRateNeverExceedsTheBudget(_ rate: Double, _ burst: Double) throws {
        var random = SeededGenerator(seed: 7)
        var bucket = TokenBucket(rate: rate, capacity: burst, now: .zero)
        var now = Duration.zero
        var taken: [Duration] = []
        for _ in 0..<5000 {
            if bucket.take(now: now) {
                taken.append(now)
            } else {
                let next = bucket.nextToken(now: now)
                #expect(next > now)
                // Callers wake up in time or a little late.
                now = next + .microseconds(Bool.random(using: &random) ? 0 : Int.random(in: 0...30_000, using: &random))
            }
        }
        for (index, start) in taken.enumerated() {
            let inSecond = taken[index...].prefix { $0 < start + .seconds(1) }.count
            try #require(Double(inSecond) <= rate + burst + 1e-6)
        }
        // The queries use the whole rate, apart from the time that is lost when callers wake up late.
        #expect(Double(taken.count) >= now.inSeconds * rate * 0.8 - 1)
    }

    @Test func promotedRequestsJoinTheUrgentOnes() {
        var queues = RequestQueues()
        queues.append(1, .background)
        queues.append(2, .background)
        queues.append(3, .interactive)
        queues.promote(2)
        queues.promote(99)
        #expect((queues.urgentCount, queues.patientCount) == (2, 1))
        var order: [Int] = []
        while let requestNumber = queues.firstUrgent ?? queues.firstPatient {
            order.append(requestNumber)
            queues.remove(requestNumber)
        }
        #expect(order == [3, 2, 1])
        #expect(queues.isEmpty)
    }

    @Test func backoffGrowsHasJitterAndHonoursRetryAfter() {
        let policy = RetryPolicy()
        let fault = CoverError(.serverError, "x")
        #expect(
            (0...3).map { policy.delay(before: $0, after: fault, random: 1) } == [
                .milliseconds(500), .seconds(1), .seconds(2), nil,
            ]
        )
        #expect(policy.delay(before: 0, after: fault, random: 0) == .zero)
        #expect(
            policy.delay(before: 0, after: CoverError(.rateLimited, "x", retryAfter: 7), random: 0.5) == .seconds(7)
        )
        #expect(policy.delay(before: 0, after: CoverError(.taskNotFound, "x"), random: 0.5) == nil)
    }
}
