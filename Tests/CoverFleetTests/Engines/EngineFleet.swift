import CoverModel
import CoverWatch
import Synchronization
import TestSupport

@testable import CoverFleet

/// Runs real engines over the store in memory, with manual clocks, an API and faults.
///
/// The seed determines what happens to the bridges, the store and the tasks. The threads of this machine determine the
/// order of steps that happen at the same moment, so a seed does not repeat a run exactly. The promises must hold in
/// every order.
final class EngineFleet: Sendable {
    struct Plan: Sendable {
        var seed: UInt64
        var interval: Duration = .seconds(2)
        var rate = 10.0
        var burst = 2.0
        /// Two faults that are built in on purpose, and that the checks must find.
        var isTokenNotSpent = false
        var isClaimNotFreed = false
    }

    struct World: Sendable {
        var now: Duration = .zero
        var random: SeededGenerator
        var api = SimulatedAPI()
        var invariants: FleetInvariants
        /// The moment since which a bridge runs, is in the fleet and gets all announcements. Bridges for which one of
        /// these is not true are left out.
        var soundSince: [FleetBridge.ID: Duration] = [:]
        /// The tasks whose last answer was an error, even if the fleet did not get the reading. Errors in a row lengthen
        /// the time until the next poll.
        var failing: Set<TaskID> = []
    }

    static let end: Duration = .seconds(70)
    /// All tasks end and all faults begin before this moment.
    private static let troubled: Duration = .seconds(25)

    let plan: Plan
    let taskIds: [TaskID]
    let memory: MemoryFleet
    let time = StoreTime()
    let world: Mutex<World>
    let isLossy = Atomic(false)
    /// Counts the steps of all bridges.
    let steps = Atomic(0)
    let bridges = Mutex<[(bridge: EngineBridge, engine: WatchEngine)]>([])

    init(_ plan: Plan) {
        self.plan = plan
        var random = SeededGenerator(seed: plan.seed)
        let taskIds = (0..<Int.random(in: 2...4, using: &random)).map { TaskID("task-\($0)") }
        self.taskIds = taskIds
        memory = MemoryFleet { [time] in time.now }
        let invariants = FleetInvariants(rate: plan.rate, burst: plan.burst, interval: plan.interval)
        world = Mutex(World(random: random, invariants: invariants))
        world.withLock { world in
            world.api.addTasks(taskIds, before: Self.troubled, using: &world.random)
            if world.random.next() % 3 == 0 {
                let start = world.random.milliseconds(0...15_000)
                world.api.throttling = [(start..<start + world.random.milliseconds(500...6000), true)]
            }
            if world.random.next() % 4 == 0 {
                let start = world.random.milliseconds(0...15_000)
                world.api.faulty = [start..<start + world.random.milliseconds(500...5000)]
            }
        }
    }

    /// Plays the schedule.
    ///
    /// - Returns: the promises that were broken, and the number of events that the bridges emitted.
    func play() async throws -> (violations: [String], emissions: Int) {
        var agenda = Agenda<Trouble>()
        let count = world.withLock { Int.random(in: 2...4, using: &$0.random) }
        for _ in 0..<count { try addBridge() }
        world.withLock { $0.addTroubles(to: &agenda, bridges: count, before: Self.troubled) }
        var surveyed: Duration = .zero
        while true {
            await settle()
            let now = world.withLock(\.now)
            while let (_, trouble) = agenda.next(until: now) { try meet(trouble, &agenda, at: now) }
            if now - surveyed >= .seconds(1) {
                surveyed = now
                survey(at: now)
            }
            guard now < Self.end else { break }
            advance(to: min(agenda.firstMoment ?? Self.end, now + .seconds(1)), from: now)
        }
        let violations = world.withLock(\.invariants.violations) + unfinished()
        for (bridge, _) in bridges.withLock(\.self) { bridge.die() }
        for (bridge, _) in bridges.withLock(\.self) { await bridge.end() }
        return (violations, world.withLock(\.invariants.emissions))
    }

    /// Moves the time to the next moment at which something is due, or to a limit.
    private func advance(to limit: Duration, from now: Duration) {
        let bridges = bridges.withLock(\.self).map(\.bridge)
        let due = bridges.filter(\.life.isRunning).compactMap { $0.clock.nextDeadline?.offset }.min() ?? limit
        let step = max(min(due, limit) - now, .milliseconds(1))
        time.advance(by: step)
        world.withLock { $0.now += step }
        for bridge in bridges {
            if bridge.life.isRunning { bridge.clock.advance(by: step) } else { bridge.behind.withLock { $0 += step } }
        }
    }

    /// Waits until no bridge does anything more at this moment.
    private func settle() async {
        var (calm, last) = (0, 0)
        while calm < 20 {
            await Task.yield()
            var hasher = Hasher()
            hasher.combine(steps.load(ordering: .acquiring))
            for (bridge, _) in bridges.withLock(\.self) {
                hasher.combine(bridge.clock.sleeperCount)
                hasher.combine(bridge.clock.nextDeadline?.offset)
            }
            let state = hasher.finalize()
            calm = state == last ? calm + 1 : 0
            last = state
        }
    }

    func addBridge() throws {
        let now = world.withLock(\.now)
        let bridge = EngineBridge(bridges.withLock(\.count), in: self, at: now)
        _ = memory.addReader { [weak self, life = bridge.life] announcement in
            guard let self else { return }
            steps.add(1, ordering: .relaxed)
            if !isLossy.load(ordering: .relaxed) { life.deliver(announcement) }
        }
        let engine = try bridge.start()
        bridges.withLock { $0.append((bridge, engine)) }
    }
}
