/// What a store could not do.
package struct FleetStoreError: Error, Sendable, Hashable {
    /// What went wrong, as a stable word.
    package enum Kind: String, Sendable {
        /// It does not answer now. It may be back at any moment.
        case away
        /// What is named as a store cannot be one. Asking again does not help.
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
