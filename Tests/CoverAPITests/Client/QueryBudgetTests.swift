import CoverModel
import TestSupport
import Testing

@testable import CoverAPI

/// Watches and callers share one budget.
struct QueryBudgetTests {
    /// A simulation of callers that come too fast, and of watches that always want to poll.
    private struct Run {
        var budget: QueryBudget
        var interactive: [Duration] = []
        var background: [Duration] = []
        private var waiting = 0

        init(rate: Double, burst: Double) { budget = QueryBudget(rate: rate, burst: burst, now: .zero) }

        /// - Parameter pause: the time between two callers.
        mutating func go(until end: Duration, pause: Duration) {
            var (caller, look, pump) = (Duration.zero, Duration.zero, Duration?.none)
            var requestNumber = 0
            while true {
                let now = min(caller, look, pump ?? caller)
                guard now < end else { return }
                if now == caller {
                    requestNumber += 1
                    if budget.takeAtOnce(.interactive, now: now) {
                        interactive.append(now)
                    } else {
                        budget.append(requestNumber, .interactive)
                    }
                    caller += pause
                }
                let (requestNumbers, next) = budget.grant(now: now)
                interactive += requestNumbers.map { _ in now }
                pump = next
                if now == look {
                    let turns = budget.take(3, now: now)
                    background += (0..<turns.granted).map { _ in now }
                    look = turns.deferredUntil ?? now + .milliseconds(1)
                }
            }
        }
    }

    @Test(arguments: [(5.0, 6.7), (5, 100), (10, 12), (100, 130), (0.5, 2)])
    func watchesGetAFifthWhileCallersWantEverything(_ rate: Double, _ callers: Double) throws {
        let burst = max(1, rate / 10)
        var run = Run(rate: rate, burst: burst)
        run.go(until: .seconds(100), pause: .seconds(1 / callers))
        let all = (run.interactive + run.background).sorted()
        #expect(Double(run.background.count) >= Double(all.count) / 5 - 1)
        // The callers get the rest of the queries, and nearly no token is wasted.
        #expect(Double(run.interactive.count) >= Double(all.count) * 0.79)
        #expect(Double(all.count) >= 100 * rate * 0.98 - 1)
        for (index, start) in all.enumerated() {
            for window in [1, 3, 10] {
                let count = all[index...].prefix { $0 < start + .seconds(window) }.count
                try #require(Double(count) <= rate * Double(window) + burst + 1e-6)
            }
        }
    }

    @Test func watchesDoNotDelayCallers() {
        var run = Run(rate: 10, burst: 1)
        run.go(until: .seconds(100), pause: .seconds(1))
        // Callers and watches together use all tokens.
        #expect(run.interactive.count == 100)
        #expect(run.background.count >= 895)
    }

    @Test func aPollThatNeverComesBackLosesItsClaim() {
        var budget = QueryBudget(rate: 1, burst: 1, now: .zero)
        for requestNumber in 1...20 { budget.append(requestNumber, .interactive) }
        #expect(budget.grant(now: .zero).requestNumbers.count == 1)
        #expect(budget.take(1, now: .zero).granted == 0)
        var granted = 0
        for tenth in 1...100 { granted += budget.grant(now: .milliseconds(100 * tenth)).requestNumbers.count }
        #expect(granted >= 8)
    }

    @Test func unusedTurnsCanBeUsedAgain() {
        var budget = QueryBudget(rate: 1, burst: 3, now: .zero)
        #expect(budget.take(5, now: .zero) == Turns(granted: 3, deferredUntil: .seconds(1)))
        budget.giveBack(2, now: .zero)
        #expect(budget.take(2, now: .zero) == Turns(granted: 2))
        // The bucket never holds more tokens than its capacity.
        budget.giveBack(10, now: .zero)
        #expect(budget.take(10, now: .zero).granted == 3)
    }

    /// The tests of the engine use the reference model (`PollBudget`) instead of this budget.
    @Test(arguments: 1...20 as ClosedRange<UInt64>) func theReferenceModelGrantsTheSameAsTheBudget(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let rate = Double.random(in: 0.5...60, using: &random)
        let burst = Double.random(in: 1...20, using: &random)
        var budget = QueryBudget(rate: rate, burst: burst, now: .zero)
        var twin = PollBudget(rate: rate, burst: burst)
        var now: Duration = .zero
        for _ in 0..<500 {
            let wanted = Int.random(in: 1...30, using: &random)
            let turns = budget.take(wanted, now: now)
            #expect(twin.take(wanted, now: now) == turns)
            let pause = Duration.milliseconds(Int64.random(in: 0...3000, using: &random))
            now = turns.deferredUntil.map { Bool.random(using: &random) ? $0 : now + pause } ?? now + pause
        }
    }
}
