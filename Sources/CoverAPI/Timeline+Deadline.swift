extension Timeline {
    /// Runs `work` for so long at the most, then cancels it.
    ///
    /// - Parameter expired: the error to throw when the time is up.
    func within<T: Sendable>(
        _ limit: Duration,
        expired: @escaping @Sendable () -> CoverError,
        work: @escaping @Sendable () async throws -> T
    ) async throws -> T {
        try await withThrowingTaskGroup(of: T?.self) { group in
            group.addTask { try await work() }
            group.addTask {
                try await sleep(for: limit)
                return nil
            }
            defer { group.cancelAll() }
            guard let first = try await group.next(), let value = first else { throw expired() }
            return value
        }
    }
}
