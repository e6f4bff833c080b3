import CoverModel
import Synchronization

/// A fleet within one process. The fleet follows the same rules as other stores, and keeps all data in memory.
///
/// The fleet is for tests. Like a real store, it can fail to answer, lose announcements and be reset.
package final class MemoryFleet: Sendable {
    /// A function that receives the announcements of the bridges. It is called while no lock is held.
    package typealias Reader = @Sendable (FleetAnnouncement) -> Void

    private struct State {
        var fleet: FleetState
        var tasks: [TaskID: FleetTask] = [:]
        var isAway = false
        var readers: [Int: Reader] = [:]
        var lastReader = 0
    }

    private let state: Mutex<State>
    private let clock: @Sendable () -> Duration

    /// - Parameter clock: the clock of the store, which may jump.
    package init(epoch: UInt64 = 1, clock: @escaping @Sendable () -> Duration) {
        state = Mutex(State(fleet: FleetState(epoch: epoch)))
        self.clock = clock
    }

    /// The store as one bridge uses it.
    package func store() -> MemoryFleetStore { MemoryFleetStore(self) }

    /// Resets the store.
    package func flush() {
        state.withLock { state in
            state.fleet = FleetState(epoch: state.fleet.epoch + 1)
            state.tasks = [:]
        }
    }

    /// Announces to all bridges that announcements were lost.
    package func announceGap() {
        for reader in state.withLock({ Array($0.readers.values) }) { reader(.gap) }
    }

    /// Whether every operation fails.
    package var isAway: Bool {
        get { state.withLock(\.isAway) }
        set { state.withLock { $0.isAway = newValue } }
    }

    /// Registers a function that gets the announcements.
    /// - Returns: the reader's number.
    package func addReader(_ reader: @escaping Reader) -> Int {
        state.withLock { state in
            state.lastReader += 1
            state.readers[state.lastReader] = reader
            return state.lastReader
        }
    }

    package func removeReader(_ number: Int) { state.withLock { $0.readers[number] = nil } }

    package func see(_ bridge: FleetBridge) throws(FleetStoreError) -> FleetView {
        try decide { fleet, _, now, _ in
            fleet.see(bridge, at: now)
            return fleet.view(at: now)
        }
    }

    package func leave(_ id: FleetBridge.ID) throws(FleetStoreError) {
        try decide { fleet, _, now, _ in fleet.leave(id, at: now) }
    }

    package func begin(_ request: FleetRequest, by bridge: FleetBridge) throws(FleetStoreError) -> FleetAnswer {
        try decide { fleet, tasks, now, announcements in
            let (answer, announcement) = fleet.begin(
                request,
                of: &tasks[request.taskId, default: FleetTask()],
                by: bridge,
                at: now
            )
            if let announcement { announcements.append(announcement) }
            return answer
        }
    }

    package func take(_ urgency: FleetUrgency, by bridge: FleetBridge) throws(FleetStoreError) -> FleetTurn {
        try decide { fleet, _, now, _ in fleet.take(urgency, by: bridge, at: now) }
    }

    package func finish(
        _ claim: FleetClaim,
        _ outcome: FleetOutcome,
        by bridge: FleetBridge
    ) throws(FleetStoreError) -> FleetReceipt {
        try decide { fleet, tasks, now, announcements in
            var task = claim.taskId.flatMap { tasks[$0] }
            let (receipt, announced) = fleet.finish(claim, outcome, of: &task, by: bridge, at: now)
            if let taskId = claim.taskId { tasks[taskId] = task }
            announcements += announced
            return receipt
        }
    }

    package func overview(tasks count: Int) throws(FleetStoreError) -> FleetOverview {
        try decide { fleet, tasks, now, _ in
            let latest = tasks.sorted { ($0.value.reading?.value ?? 0) > ($1.value.reading?.value ?? 0) }
            return fleet.overview(latest.prefix(count).map { ($0.key, $0.value) }, at: now)
        }
    }

    private func decide<Value: Sendable>(
        _ body: (
            inout FleetState, inout [TaskID: FleetTask], _ now: Duration, inout [FleetAnnouncement]
        ) -> Value
    ) throws(FleetStoreError) -> Value {
        let now = clock()
        let decided: (Value, [FleetAnnouncement], [Reader])? = state.withLock { state in
            guard !state.isAway else { return nil }
            var announcements: [FleetAnnouncement] = []
            let value = body(&state.fleet, &state.tasks, now, &announcements)
            return (value, announcements, Array(state.readers.values))
        }
        guard let (value, announcements, readers) = decided else {
            throw FleetStoreError(.away, "The fleet in memory is away, as a test wants it.")
        }
        for announcement in announcements { for reader in readers { reader(announcement) } }
        return value
    }
}
