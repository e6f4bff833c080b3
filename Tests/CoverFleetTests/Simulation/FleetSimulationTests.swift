import CoverModel
import CoverWatch
import TestSupport
import Testing

@testable import CoverFleet

/// Simulates fleets in one thread from a seed, with the real tables and memberships of the bridges and the store in
/// memory.
@Suite(.timeLimit(.minutes(10))) struct FleetSimulationTests {
    /// The test plays 1,000 schedules. They are split into parts that run in parallel.
    @Test(arguments: 0..<8) func theInvariantsHoldInEverySchedule(_ part: UInt64) {
        var emissions = 0
        for seed in part * 125 + 1...part * 125 + 125 {
            let world = Self.world(FleetWorld.Plan(seed: seed))
            let violations = Self.play(world)
            #expect(violations.isEmpty, "seed \(seed): \(violations.prefix(3))")
            emissions += world.invariants.emissions
        }
        #expect(emissions > 125 * 10)
    }

    /// Each deliberate fault makes the checks fail.
    @Test(arguments: [
        (FleetWorld.Sabotage.claimNotFreed, "5:"), (.tokenNotSpent, "1:"), (.announcementLost, "4:"),
        (.pauseIgnored, "2:"),
        (.slotUsedLate, "1:"),
    ])
    func deliberateFaultsAreFound(_ sabotage: FleetWorld.Sabotage, _ invariant: String) {
        var violations: [String] = []
        for seed in 1...60 as ClosedRange<UInt64> where !violations.contains(where: { $0.hasPrefix(invariant) }) {
            violations += Self.play(Self.world(FleetWorld.Plan(seed: seed, sabotage: sabotage)))
        }
        #expect(violations.contains { $0.hasPrefix(invariant) }, "\(violations.prefix(5))")
    }

    @Test func aScheduleFollowsFromItsSeed() {
        let worlds = (0..<2).map { _ in Self.world(FleetWorld.Plan(seed: 42)) }
        for world in worlds { _ = Self.play(world) }
        #expect(worlds[0].api.queries == worlds[1].api.queries)
        #expect(worlds[0].invariants.roundTrips == worlds[1].invariants.roundTrips)
        #expect(worlds[0].invariants.emissions == worlds[1].invariants.emissions)
    }

    /// Eight bridges make at most 5 % more queries than one bridge, also if the API answers 404 or 500.
    @Test(arguments: ["pending", "404", "500"]) func aFleetMakesTheQueriesOfOneBridge(_ answer: String) {
        func queries(_ bridges: Int) -> FleetWorld {
            let plan = FleetWorld.Plan(
                seed: 5,
                bridges: bridges,
                tasks: 20,
                interval: .seconds(3),
                rate: 100,
                burst: 10
            )
            let world = FleetWorld(plan)
            for taskId in world.taskIds where answer != "404" { world.api.add(taskId, [(.zero, .pending)]) }
            if answer == "500" { world.api.faulty = [.zero..<Duration.seconds(1000)] }
            // The simulation ends within the grace period of an unknown task, so no watch ends.
            world.run(until: .seconds(80))
            return world
        }
        let (one, eight) = (queries(1), queries(8))
        #expect(eight.invariants.violations == [])
        #expect(Double(eight.api.queries) <= Double(one.api.queries) * 1.05, "\(eight.api.queries) \(one.api.queries)")
        #expect(one.api.queries > 100)
        let others = eight.invariants.heard - eight.api.queries
        let spare = eight.invariants.roundTrips - 2 * eight.api.queries
        #expect(Double(spare) <= 0.2 * Double(others), "\(eight.invariants.roundTrips) \(eight.api.queries) \(others)")
    }

    static func world(_ plan: FleetWorld.Plan) -> FleetWorld {
        var random = SeededGenerator(seed: plan.seed)
        var plan = plan
        plan.bridges = Int.random(in: 2...4, using: &random)
        plan.tasks = Int.random(in: 2...4, using: &random)
        plan.interval = random.milliseconds(1500...4000)
        plan.rate = [6, 10, 40].randomElement(using: &random) ?? 10
        plan.burst = [1, 2, 5].randomElement(using: &random) ?? 1
        if plan.sabotage == .slotUsedLate { (plan.rate, plan.burst) = (3, 1) }
        let world = FleetWorld(plan)
        if plan.sabotage == .slotUsedLate { world.addStops(20, before: .seconds(40)) }
        world.api.addTasks(world.taskIds, before: .seconds(40), using: &random)
        if random.next() % 3 == 0 {
            world.plan.trialKills = random.next() % 3 == 0
            let start = random.milliseconds(0...30_000)
            world.api.throttling = [(start..<start + random.milliseconds(500...9000), Bool.random(using: &random))]
        }
        if random.next() % 4 == 0 {
            let start = random.milliseconds(0...30_000)
            world.api.faulty = [start..<start + random.milliseconds(500...6000)]
        }
        for _ in 0..<4 {
            let index = Int.random(in: 0..<plan.bridges, using: &random)
            let taskId = world.taskIds[Int.random(in: 0..<plan.tasks, using: &random)]
            world.agenda.add(.call(index, taskId), at: random.milliseconds(500...40_000))
        }
        world.addTroubles(Int.random(in: 0...5, using: &random), before: .seconds(40))
        return world
    }

    /// Runs a schedule until everything has ended.
    /// - Returns: the promises that were broken.
    private static func play(_ world: FleetWorld) -> [String] {
        world.run(until: .seconds(110))
        var violations = world.invariants.violations
        for (index, bridge) in world.bridges.enumerated() where bridge.isRunning {
            for taskId in world.taskIds {
                let (state, final) = (
                    world.invariants.state(of: taskId, by: index), world.api.state(of: taskId, at: world.now)
                )
                if state != final { violations.append("7: bridge \(index) ends \(taskId) with \(state as Any)") }
                if bridge.table.isWatched(taskId) { violations.append("7: bridge \(index) still watches \(taskId)") }
            }
        }
        return violations
    }
}
