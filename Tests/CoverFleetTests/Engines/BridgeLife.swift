import Synchronization
import TestSupport

@testable import CoverFleet

/// Whether a bridge runs. A stopped bridge does nothing until it continues, and a dead bridge never does anything again.
final class BridgeLife: Sendable {
    private enum Phase {
        case running
        /// `held` are the announcements that arrived during the stop.
        case stopped(Gate, held: [FleetAnnouncement])
        case dead
    }

    let announcements: AsyncStream<FleetAnnouncement>
    private let sink: AsyncStream<FleetAnnouncement>.Continuation
    private let phase = Mutex(Phase.running)

    init() { (announcements, sink) = AsyncStream.makeStream(of: FleetAnnouncement.self) }

    var isRunning: Bool { phase.withLock { if case .running = $0 { true } else { false } } }
    var isDead: Bool { phase.withLock { if case .dead = $0 { true } else { false } } }

    /// Waits for the end of a stop.
    ///
    /// - Throws: `CancellationError` if the bridge is dead, or if the task is cancelled.
    func pass() async throws {
        while true {
            let gate: Gate? = try phase.withLock {
                switch $0 {
                case .running: nil
                case .stopped(let gate, _): gate
                case .dead: throw CancellationError()
                }
            }
            guard let gate else { return }
            try await gate.passUnlessCancelled()
        }
    }

    func deliver(_ announcement: FleetAnnouncement) {
        phase.withLock {
            switch $0 {
            case .running: sink.yield(announcement)
            case .stopped(let gate, let held): $0 = .stopped(gate, held: held + [announcement])
            case .dead: break
            }
        }
    }

    func stop() { phase.withLock { if case .running = $0 { $0 = .stopped(Gate(), held: []) } } }

    func wake() { end(.running) }

    func die() { end(.dead) }

    private func end(_ next: Phase) {
        let gate: Gate? = phase.withLock { phase in
            defer { phase = next }
            guard case .stopped(let gate, let held) = phase else { return nil }
            for announcement in held { sink.yield(announcement) }
            return gate
        }
        gate?.open()
    }
}
