/// Thrown if a query of a watch gets no slot in the fleet before a moment. The watch repeats its request then.
package struct FleetDeferral: Error, Sendable, Hashable {
    /// The moment of the timeline from which on a request is useful again.
    package let until: Duration

    package init(until: Duration) { self.until = until }
}

/// The bridge went alone, or came back to its fleet, while the query waited. The turn that it holds is of a budget that is gone.
package struct FleetTurnVoid: Error, Sendable, Hashable {
    package init() {}
}
