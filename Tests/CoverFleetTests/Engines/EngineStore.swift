import CoverModel
import Synchronization

@testable import CoverFleet

/// The store in memory, as one bridge of ``EngineFleet`` uses it.
struct EngineStore: FleetStore {
    let fleet: EngineFleet
    let bridge: FleetBridge
    let life: BridgeLife

    var announcements: AsyncStream<FleetAnnouncement> { life.announcements }

    func join(_ bridge: FleetBridge) async throws -> FleetView { try await beat() }

    func beat() async throws -> FleetView {
        try await fleet.step(of: life) { world in
            let view = try fleet.memory.see(bridge)
            world.invariants.seen(bridge.id, at: world.now)
            if world.soundSince[bridge.id] == nil, !fleet.isLossy.load(ordering: .relaxed) {
                world.soundSince[bridge.id] = world.now
            }
            return view
        }
    }

    func leave() async throws { try await fleet.step(of: life) { _ in try fleet.memory.leave(bridge.id) } }

    func begin(_ request: FleetRequest) async throws -> FleetAnswer {
        try await fleet.step(of: life) { world in
            var answer = try fleet.memory.begin(request, by: bridge)
            if fleet.plan.isTokenNotSpent, case .turn(.wait(let wait)) = answer, wait.reason == .budget {
                answer = .turn(.go(world.forgedClaim(of: request.taskId)))
            }
            world.invariants.seen(bridge.id, at: world.now)
            if let claim = answer.claim { world.invariants.granted(claim, to: bridge.id, at: world.now) }
            return answer
        }
    }

    func take(_ urgency: FleetUrgency) async throws -> FleetTurn {
        try await fleet.step(of: life) { _ in try fleet.memory.take(urgency, by: bridge) }
    }

    func finish(_ claim: FleetClaim, _ outcome: FleetOutcome) async throws -> FleetReceipt {
        try await fleet.step(of: life) { world in
            if fleet.plan.isClaimNotFreed, case .answered = outcome { return FleetReceipt() }
            let receipt = try fleet.memory.finish(claim, outcome, by: bridge)
            world.invariants.seen(bridge.id, at: world.now)
            world.invariants.finished(claim, outcome, receipt, by: bridge.id, at: world.now)
            return receipt
        }
    }

    func overview(tasks: Int) async throws -> FleetOverview { try fleet.memory.overview(tasks: tasks) }

    func close() async {}
}

extension EngineFleet.World {
    /// A claim that the store has not granted. No query of the budget was counted for it.
    fileprivate func forgedClaim(of taskId: TaskID) -> FleetClaim {
        FleetClaim(taskId: taskId, epoch: 0, fence: 0, generation: 0, isTrial: false, delay: .zero)
    }
}
