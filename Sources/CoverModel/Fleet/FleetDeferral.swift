/// Thrown if a query of a watch gets no slot in the fleet before a moment. The watch repeats its request then.
package struct FleetDeferral: Error, Sendable, Hashable {
    /// The moment of the timeline from which on a request is useful again.
    package let until: Duration

    package init(until: Duration) { self.until = until }
}

/// Thrown if the bridge left its fleet, or came back, while the query waited. The turn belongs to a budget that no longer exists.
package struct FleetTurnVoid: Error, Sendable, Hashable {
    package init() {}
}
