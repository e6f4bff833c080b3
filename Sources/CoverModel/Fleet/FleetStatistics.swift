package import Jansson

/// A bridge's part in its fleet, in numbers: `fleet` of `bridge/stats`.
package struct FleetStatistics: Sendable, Hashable {
    /// Whether the bridge shares budget and readings with the others now.
    package enum State: String, Sendable, CaseIterable {
        /// It has not been in the store yet.
        case joining
        case present
        /// The store does not answer: the bridge goes on alone with its share of the budget.
        case away
    }

    /// The store's address, without a password.
    package var store: String
    package var state = State.joining
    /// How many bridges are there, this one included; those last seen, while the store is away.
    package var bridges = 0
    /// Readings of this bridge that the others got.
    package var readingsShared = 0
    /// Queries that this bridge did not make, since another bridge had made them.
    package var queriesSaved = 0
    /// How many seconds the queries of this bridge waited for the fleet in all: for the budget, a claim or a pause.
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
