/// What the bridges that share one API key share: the budget, the pause and the readings.
///
/// One value serves one bridge. Every operation is atomic among all bridges. It returns within ``FleetLimits/patience``, or throws
/// `away`. A store is an optimization: a loss of its data costs repeated queries at most.
///
/// All times are relative. A bridge reads its own clock before it calls, and adds the answer: so it acts late rather than early.
package protocol FleetStore: Sendable {
    /// The announcements of all bridges, including this one. There is one reader; the stream ends with ``close()``.
    ///
    /// Announcements may be lost while the store is away. ``begin(_:)`` returns what was missed.
    var announcements: AsyncStream<FleetAnnouncement> { get }

    /// The bridge joins the fleet. Called once, before ``begin(_:)``, ``take(_:)`` and ``beat()``.
    ///
    /// - Throws: ``FleetStoreError``.
    func join(_ bridge: FleetBridge) async throws -> FleetView

    /// Sends a heartbeat; called every ``FleetLimits/heartbeat``. A bridge that the store has lost joins again.
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

    /// Ends a claim of ``begin(_:)`` or ``take(_:)``, whatever its outcome.
    ///
    /// - Throws: ``FleetStoreError``.
    func finish(_ claim: FleetClaim, _ outcome: FleetOutcome) async throws -> FleetReceipt

    /// The fleet for people. Needs no ``join(_:)`` and changes nothing.
    ///
    /// - Parameter tasks: the number of the tasks to list that were read last.
    /// - Throws: ``FleetStoreError``.
    func overview(tasks: Int) async throws -> FleetOverview

    /// What the store says of itself. Needs no ``join(_:)`` and changes nothing.
    ///
    /// - Throws: ``FleetStoreError``.
    func remarks() async throws -> FleetRemarks

    /// Tries what a bridge does in the store, and changes nothing.
    ///
    /// - Throws: ``FleetStoreError``.
    func check() async throws

    /// Releases the connection. Later operations throw `away`.
    func close() async
}

extension FleetStore {
    /// Reads, for stores whose opening has tried the rest.
    package func check() async throws { _ = try await overview(tasks: 0) }
}
