import CoverModel
import CoverWatch
import TestSupport

@testable import CoverFleet

/// A bridge of a simulation. It has a real table of watches and a real membership. Its queries are simulated.
struct SimulatedBridge {
    /// A query of the table or of a caller that has no reading yet.
    struct Ongoing {
        let taskId: TaskID
        let freshness: FleetFreshness
        let startedAt: Duration
        /// Whether the query is for a caller. False means that the query is for the table.
        var isCall = false
        /// The moment of the last call of the store for this query.
        var calledAt: Duration = .zero
        var claim: FleetClaim?
        /// The position of this query among the queries that the bridge sent to the API.
        var number: UInt64 = 0
    }

    let bridge: FleetBridge
    var table: WatchTable
    var membership: Membership
    var budget: PollBudget
    var isDead = false
    var isStopped = false
    /// The moment of the end of its last stop.
    var resumedAt: Duration = .seconds(-1)
    /// The moment since which the bridge runs, is in the fleet, and gets all announcements. Nil means that one of these
    /// is not true.
    var soundSince: Duration?
    /// The events that happened during a stop. The bridge handles them when it continues.
    var postponed: [FleetWorld.Event] = []
    var ongoing: [UInt64: Ongoing] = [:]
    /// For each task, the queries that wait for the reading of another bridge.
    var parked: [TaskID: Set<UInt64>] = [:]
    /// The claims that the bridge could not end.
    var unfinished: [FleetClaim] = []
    var wakeAt: Duration?
    /// The moment of the next heartbeat.
    var beatAt: Duration = .zero
    var lastNumber: UInt64 = 0
    var lastCall: UInt64 = 1 << 40

    var isRunning: Bool { !isDead && !isStopped }

    /// Whether the bridge was stopped in the last second.
    func wasJustStopped(at now: Duration) -> Bool { now - resumedAt < .seconds(1) }
}

extension FleetFreshness {
    /// The form in which a bridge passes this freshness to the store, when this time has passed since the query began.
    func asked(after elapsed: Duration) -> FleetRequest.Freshness {
        switch self {
        case .newer(than: .some(let number), _): .newer(than: number)
        case .newer(than: nil, let age), .within(let age): .within(age + elapsed, orErrorWithin: elapsed)
        case .own: .within(.zero, orErrorWithin: .zero)
        }
    }
}
