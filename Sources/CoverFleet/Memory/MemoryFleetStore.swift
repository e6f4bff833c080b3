import Synchronization

/// A ``MemoryFleet`` as one bridge uses it.
package final class MemoryFleetStore: FleetStore {
    package let announcements: AsyncStream<FleetAnnouncement>
    private let fleet: MemoryFleet
    private let bridge = Mutex<FleetBridge?>(nil)
    private let continuation: AsyncStream<FleetAnnouncement>.Continuation
    private let reader: Int

    init(_ fleet: MemoryFleet) {
        self.fleet = fleet
        let (announcements, continuation) = AsyncStream.makeStream(of: FleetAnnouncement.self)
        (self.announcements, self.continuation) = (announcements, continuation)
        reader = fleet.addReader { continuation.yield($0) }
    }

    package func join(_ bridge: FleetBridge) async throws -> FleetView {
        self.bridge.withLock { $0 = bridge }
        return try fleet.see(bridge)
    }

    package func beat() async throws -> FleetView { try fleet.see(joined()) }

    package func leave() async throws { try fleet.leave(joined().id) }

    package func begin(_ request: FleetRequest) async throws -> FleetAnswer { try fleet.begin(request, by: joined()) }

    package func take(_ urgency: FleetUrgency) async throws -> FleetTurn { try fleet.take(urgency, by: joined()) }

    package func finish(_ claim: FleetClaim, _ outcome: FleetOutcome) async throws -> FleetReceipt {
        try fleet.finish(claim, outcome, by: joined())
    }

    package func overview(tasks: Int) async throws -> FleetOverview { try fleet.overview(tasks: tasks) }

    package func close() async {
        bridge.withLock { $0 = nil }
        fleet.removeReader(reader)
        continuation.finish()
    }

    private func joined() throws(FleetStoreError) -> FleetBridge {
        guard let bridge = bridge.withLock(\.self) else { throw .notJoined }
        return bridge
    }
}
