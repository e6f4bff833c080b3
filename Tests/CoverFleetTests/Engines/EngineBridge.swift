import CoverModel
import CoverWatch
import Synchronization
import TestSupport

@testable import CoverFleet

/// A bridge with a real engine and a real member of the fleet. Its clock stands still while the bridge is stopped.
final class EngineBridge: StatusSource {
    private struct Own {
        var budget: PollBudget
        /// The number of queries that this bridge has sent.
        var queries: UInt64 = 0
    }

    let index: Int
    let bridge: FleetBridge
    let life = BridgeLife()
    let clock = ManualClock()
    private let fleet: EngineFleet
    private let timeline: Timeline
    private let member: FleetMember
    private let own: Mutex<Own>
    private let tasks = Mutex<[Task<Void, any Error>]>([])
    /// The clock's delay to the time of the test, which a stop causes.
    let behind = Mutex<Duration>(.zero)

    /// - Parameter now: the time of the test.
    init(_ index: Int, in fleet: EngineFleet, at now: Duration) {
        (self.index, self.fleet) = (index, fleet)
        clock.advance(by: now)
        timeline = clock.timeline()
        let (rate, burst) = (fleet.plan.rate, fleet.plan.burst)
        bridge = FleetBridge(
            id: .init(UInt64(index + 1) &* 0x9E37_79B9_7F4A_7C15),
            rate: rate,
            burst: burst,
            name: "\(index)"
        )
        member = FleetMember(address: "memory", bridge: bridge, expectedBridges: 8, timeline: timeline)
        own = Mutex(Own(budget: PollBudget(rate: rate, burst: burst)))
    }

    /// Starts the bridge. It watches all tasks.
    ///
    /// - Returns: its engine.
    func start() throws -> WatchEngine {
        let engine = try WatchEngine(
            source: self,
            journal: MemoryJournal(epoch: "\(index)"),
            timeline: timeline,
            configuration: .fast,
            seed: bridge.id.number
        )
        member.onEvent { [weak self, weak engine] event in
            guard let self, let engine else { return }
            handle(event, engine)
        }
        let (taskIds, interval) = (fleet.taskIds, fleet.plan.interval)
        tasks.withLock { tasks in
            tasks = [
                Task { [self] in
                    try await member.run { [self] in EngineStore(fleet: fleet, bridge: bridge, life: life) }
                },
                Task { [self] in try await engine.run { [self] event, _ in fleet.emitted(event, by: self) } },
                Task { try await engine.watch(taskIds, interval: interval).activate() },
            ]
        }
        return engine
    }

    /// Ends the bridge as `kill -9` does: nothing that it does from now on has an effect.
    func die() {
        life.die()
        for task in tasks.withLock(\.self) { task.cancel() }
    }

    /// Waits for the end of a dead bridge.
    func end() async { for task in tasks.withLock(\.self) { _ = await task.result } }

    func turns(_ wanted: Int) async -> Turns { own.withLock { $0.budget.take(wanted, now: timeline.now) } }

    func giveBack(_: Int) {}

    func poll(_ taskId: TaskID, _ freshness: FleetFreshness) async throws -> Reading {
        let sent = Mutex<UInt64>(0)
        do {
            let result = try await member.read(taskId, freshness, isUrgent: false) { [self] in
                try await life.pass()
                let number = own.withLock { own in
                    own.queries += 1
                    return own.queries
                }
                sent.withLock { $0 = number }
                let (answer, latency) = fleet.asked(taskId, by: self)
                try await timeline.sleep(for: latency)
                try await life.pass()
                return answer
            }
            let number = sent.withLock(\.self)
            return Reading(
                number: number > 0 ? number : own.withLock(\.queries),
                result.result,
                shared: result.shared
            )
        } catch is FleetTurnVoid {
            throw FleetDeferral(until: timeline.now)
        }
    }

    private func handle(_ event: FleetEvent, _ engine: WatchEngine) {
        let (rate, burst) = (fleet.plan.rate, fleet.plan.burst)
        switch event {
        case .reading(let taskId, let reading):
            let number = own.withLock(\.queries)
            return engine.handle(.reading(taskId, Reading(number: number, reading.result, shared: reading.shared)))
        case .alone(let rate): own.withLock { $0.budget = PollBudget(rate: rate, burst: 1) }
        case .together: own.withLock { $0.budget = PollBudget(rate: rate, burst: burst) }
        case .paused, .resumed, .timed, .degraded: break
        }
        engine.handle(event)
    }
}
