import CoverModel
import CoverWatch
import Synchronization
import TestSupport

@testable import CoverFleet

/// What the bridges do, and what happens to them.
extension EngineFleet {
    /// Makes one atomic step of a bridge. The bridge first waits for the end of a stop.
    ///
    /// - Throws: `CancellationError` if the bridge is dead; the errors of `body`.
    func step<Value: Sendable>(of life: BridgeLife, _ body: (inout World) throws -> Value) async throws -> Value {
        try await life.pass()
        steps.add(1, ordering: .relaxed)
        return try world.withLock { try body(&$0) }
    }

    /// The API's answer to a query, and the time until the answer arrives.
    func asked(_ taskId: TaskID, by bridge: EngineBridge) -> (Result<CoverStatus, CoverError>, Duration) {
        steps.add(1, ordering: .relaxed)
        return world.withLock { world in
            world.invariants.sent(taskId, nil, calledAt: world.now, by: bridge.index, sound: nil, at: world.now)
            let isSlow = world.random.next() % 32 == 0
            let answer = world.api.answer(taskId, at: world.now)
            if case .success = answer { world.failing.remove(taskId) } else { world.failing.insert(taskId) }
            return (answer, world.random.milliseconds(isSlow ? 500...2500 : 20...200))
        }
    }

    func emitted(_ event: WatchEvent, by bridge: EngineBridge) {
        steps.add(1, ordering: .relaxed)
        if bridge.life.isDead { return }
        world.withLock { $0.invariants.emitted(event, by: bridge.index) }
    }

    func meet(_ trouble: Trouble, _ agenda: inout Agenda<Trouble>, at now: Duration) throws {
        let bridges = bridges.withLock(\.self).map(\.bridge)
        switch trouble {
        case .death(let index):
            // One bridge stays alive, because the checks need a bridge.
            if bridges.count(where: { !$0.life.isDead }) > 1 { bridges[index].die() }
        case .birth: try addBridge()
        case .stop(let index, let duration):
            guard bridges[index].life.isRunning else { return }
            bridges[index].life.stop()
            world.withLock { $0.soundSince[bridges[index].bridge.id] = nil }
            agenda.add(.resumption(index), at: now + duration)
        case .resumption(let index):
            if bridges[index].life.isDead { return }
            let behind = bridges[index].behind.withLock { behind in
                defer { behind = .zero }
                return behind
            }
            bridges[index].clock.advance(by: behind)
            bridges[index].life.wake()
        case .loss(let duration):
            setLossy(true)
            agenda.add(.endOfLoss, at: now + duration)
        case .endOfLoss: setLossy(false)
        case .absence(let duration):
            setAway(true, at: now)
            agenda.add(.endOfAbsence, at: now + duration)
        case .endOfAbsence: setAway(false, at: now)
        case .flush:
            world.withLock { world in
                memory.flush()
                world.invariants.flushed(at: now)
            }
        case .step(let duration):
            world.withLock { world in
                time.advance(by: duration)
                world.invariants.stepped(at: now)
            }
        case .reunion: break
        }
    }

    private func setLossy(_ isLossy: Bool) {
        self.isLossy.store(isLossy, ordering: .relaxed)
        world.withLock { $0.soundSince = [:] }
    }

    private func setAway(_ isAway: Bool, at now: Duration) {
        let alone = bridges.withLock { $0.count { !$0.bridge.life.isDead } }
        world.withLock { world in
            memory.isAway = isAway
            world.soundSince = [:]
            world.invariants.storeChanged(at: now, alone: alone)
        }
    }

    /// Checks that each watched task is polled.
    func survey(at now: Duration) {
        let bridges = bridges.withLock(\.self).filter(\.bridge.life.isRunning)
        world.withLock { world in
            for taskId in taskIds where !world.failing.contains(taskId) {
                let isWatched = bridges.contains { bridge, engine in
                    guard let sound = world.soundSince[bridge.bridge.id] else { return false }
                    return sound <= now - world.invariants.longestRest && engine.isWatched(taskId)
                }
                if isWatched { world.invariants.survey(taskId, at: now) }
            }
        }
    }

    /// The changes that running bridges have not reported at the end, and the watches that have not ended.
    func unfinished() -> [String] {
        let bridges = bridges.withLock(\.self).filter(\.bridge.life.isRunning)
        return world.withLock { world in
            bridges.flatMap { bridge, engine in
                taskIds.flatMap { taskId in
                    let (state, final) = (
                        world.invariants.state(of: taskId, by: bridge.index), world.api.state(of: taskId, at: world.now)
                    )
                    var wrong: [String] = []
                    if state != final { wrong.append("7: bridge \(bridge.index) ends \(taskId) with \(state as Any)") }
                    if engine.isWatched(taskId) { wrong.append("7: bridge \(bridge.index) still watches \(taskId)") }
                    return wrong
                }
            }
        }
    }
}

extension EngineFleet.World {
    /// Adds up to five faults at random moments before a limit.
    mutating func addTroubles(to agenda: inout Agenda<Trouble>, bridges: Int, before end: Duration) {
        for _ in 0..<Int.random(in: 0...5, using: &random) {
            let index = Int.random(in: 0..<bridges, using: &random)
            let trouble: Trouble =
                switch random.next() % 8 as UInt64 {
                case 0: .death(index)
                case 1: .birth
                case 2: .stop(index, random.milliseconds(50...1500))
                case 3: .stop(index, random.milliseconds(1500...12_000))
                case 4: .loss(random.milliseconds(100...8000))
                case 5: .absence(random.milliseconds(50...6000))
                case 6: .flush
                default: .step(random.milliseconds(-60_000...60_000))
                }
            agenda.add(trouble, at: end * Double.random(in: 0...1, using: &random))
        }
    }
}
