import CoverModel
import CoverWatch
import TestSupport

@testable import CoverFleet

/// The faults of a simulation.
enum Trouble {
    case death(Int)
    case birth
    case stop(Int, Duration)
    case resumption(Int)
    case loss(Duration)
    case endOfLoss
    case absence(Duration)
    case endOfAbsence
    /// The store has been back for a moment after this absence, so all bridges must be back in their fleet.
    case reunion(Int)
    case flush
    /// The store's clock jumps by this time.
    case step(Duration)
}

extension FleetWorld {
    /// Adds faults of all kinds at random moments before a limit.
    func addTroubles(_ count: Int, before end: Duration) {
        var steps = 0
        for _ in 0..<count {
            let at = end * Double.random(in: 0...1, using: &random)
            let index = Int.random(in: 0..<bridges.count, using: &random)
            let trouble: Trouble =
                switch random.next() % 8 {
                case 0: .death(index)
                case 1: .birth
                case 2: .stop(index, random.milliseconds(50...1500))
                case 3: .stop(index, random.milliseconds(1500...12_000))
                case 4: .loss(random.milliseconds(100...8000))
                case 5: .absence(random.milliseconds(50...6000))
                case 6: .flush
                default: .step(.seconds(Int.random(in: -3600...3600, using: &random)))
                }
            // More than two jumps within the grace period of a task would end its watch.
            if case .step = trouble { steps += 1 }
            if case .step = trouble, steps > 2 { continue }
            agenda.add(.trouble(trouble), at: at)
        }
    }

    /// Adds short stops of random bridges at random moments before a limit.
    func addStops(_ count: Int, before end: Duration) {
        for _ in 0..<count {
            let index = Int.random(in: 0..<bridges.count, using: &random)
            let at = end * Double.random(in: 0...1, using: &random)
            agenda.add(.trouble(.stop(index, random.milliseconds(300...1500))), at: at)
        }
    }

    func meet(_ trouble: Trouble) {
        switch trouble {
        case .death(let index):
            // One bridge stays alive, because the checks need a bridge.
            guard bridges.count(where: { !$0.isDead }) > 1 else { return }
            bridges[index].isDead = true
        case .birth: addBridge()
        case .stop(let index, let duration):
            guard bridges[index].isRunning else { return }
            bridges[index].isStopped = true
            bridges[index].soundSince = nil
            agenda.add(.trouble(.resumption(index)), at: now + duration)
        case .resumption(let index):
            bridges[index].isStopped = false
            bridges[index].resumedAt = now
            for event in bridges[index].postponed { agenda.add(event, at: now) }
            bridges[index].postponed = []
        case .loss(let duration):
            isLossy = true
            agenda.add(.trouble(.endOfLoss), at: now + duration)
            loseSoundness()
        case .endOfLoss:
            isLossy = false
            loseSoundness()
        case .absence(let duration):
            fleet.isAway = true
            absences += 1
            invariants.storeChanged(at: now, alone: bridges.count { !$0.isDead })
            agenda.add(.trouble(.endOfAbsence), at: now + duration)
        case .endOfAbsence:
            fleet.isAway = false
            invariants.storeChanged(at: now, alone: bridges.count { !$0.isDead })
            // A call of the last moment fails after 0.3 s.
            agenda.add(.trouble(.reunion(absences)), at: now + .milliseconds(300) + FleetLimits.retry)
        case .reunion(let absence):
            guard absence == absences, !fleet.isAway else { return }
            for (index, bridge) in bridges.enumerated() where bridge.isRunning && !bridge.wasJustStopped(at: now) {
                // After absences in quick succession, a bridge returns later.
                let isSoon = bridge.membership.retry == FleetLimits.retry
                if isSoon, bridge.membership.state != .present { invariants.stayedAlone(index, at: now) }
            }
        case .flush:
            fleet.flush()
            invariants.flushed(at: now)
        case .step(let duration):
            time.advance(by: duration)
            invariants.stepped(at: now)
        }
    }

    /// From now on, no bridge counts as sound. A bridge is sound again after its next heartbeat, and then the promises
    /// about announcements hold for it.
    private func loseSoundness() {
        for index in bridges.indices { bridges[index].soundSince = nil }
    }

    /// Checks that every bridge has emitted a state that was shared at this moment. Bridges that were not sound since
    /// then are left out.
    func verify(_ taskId: TaskID, _ state: CoverState, since: Duration) {
        for (index, bridge) in bridges.enumerated() where bridge.isRunning {
            guard let sound = bridge.soundSince, sound <= since else { continue }
            invariants.verify(taskId, state, index, since: since)
        }
    }

    /// Checks every second that each watched task is polled.
    func survey() {
        agenda.add(.survey, at: now + .seconds(1))
        for taskId in taskIds {
            let isWatched = bridges.contains { bridge in
                guard bridge.isRunning, let sound = bridge.soundSince else { return false }
                return sound <= now - invariants.longestRest && bridge.table.isWatched(taskId)
            }
            if isWatched { invariants.survey(taskId, at: now) }
        }
    }
}
