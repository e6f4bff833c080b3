/// Thrown if a query of a watch gets no slot in the fleet before the moment ``until``. The watch repeats its request at
/// that moment.
package struct FleetDeferral: Error, Sendable, Hashable {
    /// The earliest moment of the timeline at which another request is useful.
    package let until: Duration

    package init(until: Duration) { self.until = until }
}

/// Thrown if the bridge left its fleet, or came back, while the query waited. The turn belongs to a budget that no longer exists.
package struct FleetTurnVoid: Error, Sendable, Hashable {
    package init() {}
}
