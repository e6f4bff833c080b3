import CoverModel
import CoverWatch
import TestSupport

@testable import CoverFleet

/// A bridge of a simulation: the real table of watches, the real membership, and the queries of its process.
struct SimulatedBridge {
    /// A query of the table or of a caller, until it has a reading.
    struct Ongoing {
        let taskId: TaskID
        let freshness: FleetFreshness
        let startedAt: Duration
        /// Whether a caller waits for it, and not the table.
        var isCall = false
        /// When the store was last called for it.
        var calledAt: Duration = .zero
        var claim: FleetClaim?
        /// The position of the query among those that this bridge sent.
        var number: UInt64 = 0
    }

    let bridge: FleetBridge
    var table: WatchTable
    var membership: Membership
    var budget: PollBudget
    var isDead = false
    var isStopped = false
    /// Since when it runs, is in the fleet, and gets all announcements.
    var soundSince: Duration?
    /// What it will do when it continues after a stop.
    var postponed: [FleetWorld.Event] = []
    var ongoing: [UInt64: Ongoing] = [:]
    /// The queries that wait for another bridge's reading of a task.
    var parked: [TaskID: Set<UInt64>] = [:]
    /// Claims that could not be ended.
    var unfinished: [FleetClaim] = []
    var wakeAt: Duration?
    var lastNumber: UInt64 = 0
    var lastCall: UInt64 = 1 << 40

    var isRunning: Bool { !isDead && !isStopped }
}

extension FleetFreshness {
    /// The request to the store, at this time after the query began.
    func asked(after elapsed: Duration) -> FleetRequest.Freshness {
        switch self {
        case .newer(than: .some(let number), _): .newer(than: number)
        case .newer(than: nil, let age), .within(let age): .within(age + elapsed, orErrorWithin: elapsed)
        case .own: .within(.zero, orErrorWithin: .zero)
        }
    }
}
