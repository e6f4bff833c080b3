/// Facts about a store, for a user who looks for faults.
package struct FleetRemarks: Sendable, Hashable {
    /// A setting or a state that causes no fault now, but may cause one later.
    package struct Warning: Sendable, Hashable {
        /// The fault, as the end of a sentence about the store.
        package let fault: String
        /// What to do next, in a sentence.
        package let next: String
    }

    /// The program and its version, such as `Redis 7.0.15`; nil if the store is no program or does not report its
    /// version.
    package var version: String?
    package var warnings: [Warning] = []
}

extension FleetStore {
    /// The default for stores that are no servers: there are no remarks.
    package func remarks() async throws -> FleetRemarks { FleetRemarks() }
}
