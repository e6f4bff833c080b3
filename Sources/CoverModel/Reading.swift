/// The result of one query about a task.
package struct Reading: Sendable {
    /// The position of the query in the order in which queries were sent; 0 if the query was never sent.
    package let number: UInt64
    package let result: Result<CoverStatus, CoverError>
    /// What a fleet adds to a shared reading; nil if only this bridge has the reading.
    package let shared: SharedReading?

    package init(number: UInt64, _ result: Result<CoverStatus, CoverError>, shared: SharedReading? = nil) {
        self.number = number
        self.result = result
        self.shared = shared
    }
}

extension CoverError {
    /// Whether the host asks for a pause of all queries.
    package var isThrottling: Bool { kind == .rateLimited || kind == .maintenance }
}
