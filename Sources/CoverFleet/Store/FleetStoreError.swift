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
    /// What is wrong and where, in a sentence.
    package let fault: String
    /// What to do next, in sentences; nil if there is nothing to do, or if ``fault`` says it.
    package let next: String?

    /// - Parameters:
    ///   - fault: what is wrong and where, in a sentence.
    ///   - next: what to do next, in sentences.
    package init(_ kind: Kind, _ fault: String, next: String? = nil) {
        self.kind = kind
        self.fault = fault
        self.next = next
    }

    /// What is wrong, where, and what to do next.
    package var message: String { next.map { "\(fault) \($0)" } ?? fault }
}

extension FleetStoreError {
    static let notJoined = FleetStoreError(.away, "The bridge has not joined the fleet, or has closed its store.")
}
