/// What one query about a task brought.
package struct Reading: Sendable {
    /// The query's place in the order in which queries were sent; 0: it never was.
    package let number: UInt64
    package let result: Result<CoverStatus, CoverError>

    package init(number: UInt64, _ result: Result<CoverStatus, CoverError>) {
        self.number = number
        self.result = result
    }
}

extension CoverError {
    /// Whether the host asks for a pause of all queries.
    package var isThrottling: Bool { kind == .rateLimited || kind == .maintenance }
}
