/// What a store says of itself, for people who look for faults.
package struct FleetRemarks: Sendable, Hashable {
    /// Something that works now and may end badly.
    package struct Warning: Sendable, Hashable {
        /// What is wrong, as the end of a sentence about the store.
        package let fault: String
        /// What to do next, in a sentence.
        package let next: String
    }

    /// The program and its version, as in `Redis 7.0.15`; nil where the store is no program, or does not say it.
    package var version: String?
    package var warnings: [Warning] = []
}

extension FleetStore {
    /// A store that is no server has nothing to say.
    package func remarks() async throws -> FleetRemarks { FleetRemarks() }
}
