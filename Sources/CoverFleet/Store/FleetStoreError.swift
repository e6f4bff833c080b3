/// The error of a store.
package struct FleetStoreError: Error, Sendable, Hashable {
    /// What went wrong, as a stable word.
    package enum Kind: String, Sendable {
        /// The store does not answer now. It may answer again at any moment.
        case away
        /// The named store can never be used. Repeating the operation does not help.
        case unusable
    }

    package let kind: Kind
    /// What is wrong, where, and what to do next, in a sentence.
    package let message: String

    package init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }
}

extension FleetStoreError {
    static let notJoined = FleetStoreError(.away, "The bridge has not joined the fleet, or has closed its store.")
}
