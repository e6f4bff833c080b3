import Testing

@testable import CoverFleet

/// Runs real engines and real members of a fleet. ``FleetSimulationTests`` plays more schedules, with the tables and
/// memberships alone, and can repeat each one.
@Suite(.timeLimit(.minutes(10))) struct FleetEngineTests {
    @Test(arguments: 0..<4) func thePromisesHoldForRealEngines(_ part: UInt64) async throws {
        var emissions = 0
        for seed in part * 25 + 1...part * 25 + 25 {
            let result = try await EngineFleet(EngineFleet.Plan(seed: seed)).play()
            #expect(result.violations.isEmpty, "seed \(seed): \(result.violations.prefix(3))")
            emissions += result.emissions
        }
        #expect(emissions > 25 * 10)
    }

    /// Each deliberate fault makes the checks fail.
    @Test(arguments: [(true, "1:"), (false, "7:")])
    func deliberateFaultsAreFound(_ isTokenNotSpent: Bool, _ promise: String) async throws {
        var violations: [String] = []
        for seed in 1...20 as ClosedRange<UInt64> where !violations.contains(where: { $0.hasPrefix(promise) }) {
            var plan = EngineFleet.Plan(seed: seed)
            (plan.isTokenNotSpent, plan.isClaimNotFreed) = (isTokenNotSpent, !isTokenNotSpent)
            if isTokenNotSpent { (plan.rate, plan.burst) = (1, 1) }
            violations += try await EngineFleet(plan).play().violations
        }
        #expect(violations.contains { $0.hasPrefix(promise) }, "\(violations.prefix(5))")
    }
}
