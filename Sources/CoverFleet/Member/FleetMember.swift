package import CoverModel
import Synchronization

/// One bridge in its fleet. This type gets slots from the store, handles announcements, and continues alone while the
/// store does not answer.
package final class FleetMember: QueryFleet {
    struct State {
        var membership: Membership
        var statistics: FleetStatistics
        var handle: (@Sendable (FleetEvent) -> Void)?
        /// The queries that wait for another bridge's reading of a task, by number.
        var listeners: [TaskID: [Int: AsyncStream<FleetReading>.Continuation]] = [:]
        /// The queries that wait for the first answer of the store.
        var arrivals: [AsyncStream<Void>.Continuation] = []
        var lastListener = 0
        /// This bridge's store; nil until it has been opened.
        var store: (any FleetStore)?
        /// The attempt to open the store.
        var opening: Task<any FleetStore, any Error>?
        var hasLeft = false
        var hasJoined = false
        /// The wait for the next heartbeat. It is cancelled when the store does not answer.
        var rest: Task<Void, any Error>?
        /// How many queries in flight of this bridge are trials after a pause.
        var ownTrials = 0
        /// Claims that could not be ended, because the store did not answer.
        var unfinished: [FleetClaim] = []
    }

    let timeline: Timeline
    let state: Mutex<State>
    /// Yields an element when a query needs the store.
    let needs: AsyncStream<Void>
    let need: AsyncStream<Void>.Continuation

    /// - Parameters:
    ///   - address: the store's address for people.
    ///   - expectedBridges: the least number of bridges to assume while the store does not answer.
    package init(
        address: String,
        bridge: FleetBridge,
        expectedBridges: Int = 1,
        timeline: Timeline
    ) {
        self.timeline = timeline
        (needs, need) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        let membership = Membership(bridge, expectedBridges: expectedBridges)
        state = Mutex(State(membership: membership, statistics: FleetStatistics(store: address)))
    }

    package var statistics: FleetStatistics {
        state.withLock { state in
            var statistics = state.statistics
            statistics.state = state.membership.state
            statistics.bridges = state.membership.bridges.count
            return statistics
        }
    }

    /// The number of times that announcements were lost or the store was reset.
    package var gaps: Int { state.withLock(\.membership.gaps) }

    package func onEvent(_ handle: @escaping @Sendable (FleetEvent) -> Void) { state.withLock { $0.handle = handle } }

    /// Changes the membership, and emits its events.
    ///
    /// - Parameters:
    ///   - wakes: which queries may continue, in addition to those that waited for the first answer of the store.
    ///   - body: makes the change, and returns the events.
    func update(wakes: Wakes = .none, _ body: (inout Membership) -> [FleetEvent]) {
        let (events, handle, woken, arrivals) = state.withLock { state in
            let events = body(&state.membership)
            let woken = state.takeListeners(wakes)
            var arrivals: [AsyncStream<Void>.Continuation] = []
            if !state.membership.holdsQueries { swap(&arrivals, &state.arrivals) }
            return (events, state.handle, woken, arrivals)
        }
        for event in events { handle?(event) }
        for listener in woken {
            if case .task(_, .some(let reading)) = wakes { listener.yield(reading) }
            listener.finish()
        }
        for arrival in arrivals { arrival.finish() }
    }

    /// The queries that may continue.
    enum Wakes: Sendable {
        case none
        /// The queries of one task. They get the reading of the task, if there is one.
        case task(TaskID, FleetReading?)
        case all
    }
}

extension FleetMember.State {
    fileprivate mutating func takeListeners(_ wakes: FleetMember.Wakes) -> [AsyncStream<FleetReading>.Continuation] {
        switch wakes {
        case .none: return []
        case .task(let taskId, _): return listeners.removeValue(forKey: taskId).map { Array($0.values) } ?? []
        case .all:
            defer { listeners = [:] }
            return listeners.values.flatMap(\.values)
        }
    }
}
