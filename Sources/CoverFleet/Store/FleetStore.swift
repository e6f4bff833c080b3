/// The common store of the bridges that use one API key. It holds the budget, the pause and the readings.
///
/// One value of this type serves one bridge. Every operation is atomic among all bridges. An operation returns within
/// ``FleetLimits/patience``, or throws `away`. If the data of a store is lost, the only effect is that queries are
/// repeated.
///
/// All times in answers are relative. A bridge reads its own clock before the call, and adds the time in the answer to
/// this moment.
package protocol FleetStore: Sendable {
    /// The announcements of all bridges, including this one. The stream has one reader, and ends with ``close()``.
    ///
    /// Announcements may be lost while the store does not answer. ``begin(_:)`` returns the readings that were missed.
    var announcements: AsyncStream<FleetAnnouncement> { get }

    /// The bridge joins the fleet. A bridge calls this once, before ``begin(_:)``, ``take(_:)`` and ``beat()``.
    ///
    /// - Throws: ``FleetStoreError``.
    func join(_ bridge: FleetBridge) async throws -> FleetView

    /// Sends a heartbeat. A bridge calls this once in each period of ``FleetLimits/heartbeat``. If the store no longer
    /// knows the bridge, the bridge joins again.
    ///
    /// - Throws: ``FleetStoreError``.
    func beat() async throws -> FleetView

    /// The bridge leaves the fleet, and its claims are void.
    ///
    /// - Throws: ``FleetStoreError``.
    func leave() async throws

    /// Requests the known reading of a task, or the right to query it.
    ///
    /// - Throws: ``FleetStoreError``.
    func begin(_ request: FleetRequest) async throws -> FleetAnswer

    /// Requests the right to make a query that is not about a task's record.
    ///
    /// - Throws: ``FleetStoreError``.
    func take(_ urgency: FleetUrgency) async throws -> FleetTurn

    /// Ends a claim of ``begin(_:)`` or ``take(_:)``. A bridge calls this for every claim, also if the query failed or
    /// was not sent.
    ///
    /// - Throws: ``FleetStoreError``.
    func finish(_ claim: FleetClaim, _ outcome: FleetOutcome) async throws -> FleetReceipt

    /// An overview of the fleet to show to a user. This operation needs no ``join(_:)`` and changes nothing.
    ///
    /// - Parameter tasks: how many of the tasks with the most recent readings to list.
    /// - Throws: ``FleetStoreError``.
    func overview(tasks: Int) async throws -> FleetOverview

    /// Facts about the store for a user who looks for faults. This operation needs no ``join(_:)`` and changes nothing.
    ///
    /// - Throws: ``FleetStoreError``.
    func remarks() async throws -> FleetRemarks

    /// Tests the operations that a bridge needs in the store, and changes nothing.
    ///
    /// - Throws: ``FleetStoreError``.
    func check() async throws

    /// Releases the connection. Later operations throw `away`.
    func close() async
}

extension FleetStore {
    /// The default for stores that test all other operations when they are opened. It only reads.
    package func check() async throws { _ = try await overview(tasks: 0) }
}
