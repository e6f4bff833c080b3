import Dispatch

/// A database that any thread may use. It runs one piece of work after the other on a dispatch queue, so no thread of
/// the cooperative pool blocks.
///
/// `Sendable` is unchecked because of the connection. The class is safe: only the queue uses the connection.
package final class Database: @unchecked Sendable {
    private let connection: Connection
    private let queue = DispatchQueue(label: "SQLite")
    /// Called on the queue when the log was cut; nil while the log is not guarded.
    private var onLoss: ((Connection) throws -> Void)?

    /// Opens a file, or creates it; see ``Connection``.
    ///
    /// - Parameter busyLimit: how long a piece of work waits for a lock of another process.
    /// - Throws: ``SQLiteError``.
    package init(path: String, busyLimit: Duration) throws(SQLiteError) {
        connection = try Connection(path: path, busyLimit: busyLimit)
    }

    /// From now on, looks before each piece of work whether another program has cut SQLite's log or its index, and mends
    /// them. The database must use a write-ahead log.
    ///
    /// - Parameter onLoss: called before the piece of work if commits were lost. If it throws, the work does not run.
    package func guardLog(onLoss: @escaping @Sendable (Connection) throws -> Void) {
        queue.sync {
            self.onLoss = onLoss
            connection.noteLog()
        }
    }

    /// Closes the file after the work in progress. Later calls fail.
    package func close() {
        queue.sync {
            // Closing moves the log into the file.
            try? perform { _ in }
            connection.close()
        }
    }

    /// Runs a piece of work, and blocks until it is done.
    package func wait<T>(_ body: (Connection) throws -> T) throws -> T {
        try queue.sync { try perform(body) }
    }

    /// Runs a piece of work.
    package func run<T: Sendable>(_ body: @escaping @Sendable (Connection) throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { [self] in continuation.resume(with: Result { try perform(body) }) }
        }
    }

    /// Runs a piece of work later. The caller does not learn whether the work succeeded.
    package func post(_ body: @escaping @Sendable (Connection) throws -> Void) {
        queue.async { [self] in try? perform(body) }
    }

    /// Runs a piece of work with a log that is whole. Call this on the queue.
    private func perform<T>(_ body: (Connection) throws -> T) throws -> T {
        guard let onLoss else { return try body(connection) }
        if try connection.mendLog() { try onLoss(connection) }
        defer { connection.noteLog() }
        return try body(connection)
    }
}
