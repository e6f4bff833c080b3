/// A query that gets no turn in the fleet before a moment: thrown where a watch asks, which comes back then.
package struct FleetDeferral: Error, Sendable, Hashable {
    /// The moment of the timeline from which on queries are worth asking for again.
    package let until: Duration

    package init(until: Duration) { self.until = until }
}
