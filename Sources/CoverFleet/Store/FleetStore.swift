/// What the bridges that share one API key share: the budget, the pause and the readings.
///
/// One value serves one bridge. Every operation is atomic among all bridges and returns within ``FleetLimits/patience`` or throws
/// `away`. A store is an optimization: what is lost in it costs repeated queries at most.
///
/// All times are relative. A bridge notes its own clock before it calls, and adds what it gets: it then acts late rather than early.
package protocol FleetStore: Sendable {
    /// What the bridges do, this one included, as it happens. One reader; the stream ends with ``close()``.
    ///
    /// Announcements may be lost while the store is away. ``begin(_:)`` gives what was missed.
    var announcements: AsyncStream<FleetAnnouncement> { get }

    /// The bridge is there from now on. Called once, before ``begin(_:)``, ``take(_:)`` and ``beat()``.
    ///
    /// - Throws: ``FleetStoreError``.
    func join(_ bridge: FleetBridge) async throws -> FleetView

    /// The bridge is still there: to be called every ``FleetLimits/heartbeat``. A bridge that the store has lost is there again.
    ///
    /// - Throws: ``FleetStoreError``.
    func beat() async throws -> FleetView

    /// The bridge is there no longer, and its claims are void.
    ///
    /// - Throws: ``FleetStoreError``.
    func leave() async throws

    /// Asks for what is known of a task, or for the right to query it.
    ///
    /// - Throws: ``FleetStoreError``.
    func begin(_ request: FleetRequest) async throws -> FleetAnswer

    /// Asks for the right to make a query that is not about a task's record.
    ///
    /// - Throws: ``FleetStoreError``.
    func take(_ urgency: FleetUrgency) async throws -> FleetTurn

    /// Ends a claim of ``begin(_:)`` or ``take(_:)``, whatever came of it.
    ///
    /// - Throws: ``FleetStoreError``.
    func finish(_ claim: FleetClaim, _ outcome: FleetOutcome) async throws -> FleetReceipt

    /// The fleet as people look at it. Needs no ``join(_:)`` and changes nothing.
    ///
    /// - Parameter tasks: how many of the tasks that were read last.
    /// - Throws: ``FleetStoreError``.
    func overview(tasks: Int) async throws -> FleetOverview

    /// Releases the connection. What comes later throws `away`.
    func close() async
}
