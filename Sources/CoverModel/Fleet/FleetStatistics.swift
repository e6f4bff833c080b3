package import Jansson

/// The counters of one bridge in its fleet: `fleet` in `bridge/stats`.
package struct FleetStatistics: Sendable, Hashable {
    /// Whether the bridge shares budget and readings with the others now.
    package enum State: String, Sendable, CaseIterable {
        /// The bridge has not reached the store yet.
        case joining
        case present
        /// The store does not answer: the bridge continues alone with its share of the budget.
        case away
    }

    /// The store's address, without a password.
    package var store: String
    package var state = State.joining
    /// The number of present bridges, including this one. While the store does not answer, this is the last known
    /// number.
    package var bridges = 0
    /// The number of this bridge's readings that the others got.
    package var readingsShared = 0
    /// The number of queries that this bridge saved, because another bridge had made them.
    package var queriesSaved = 0
    /// The total seconds that this bridge's queries waited for the fleet: for the budget, a claim or a pause.
    package var waited: Double = 0

    package init(store: String) { self.store = store }
}

extension FleetStatistics: JSONEncodable {
    package func encode(to writer: inout JSONWriter) {
        writer.object {
            $0.member("store", store)
            $0.member("state", state.rawValue)
            $0.member("bridges", bridges)
            $0.member("readingsShared", readingsShared)
            $0.member("queriesSaved", queriesSaved)
            $0.member("waited", waited)
        }
    }
}
