import Dispatch

/// A database that any thread may use. It runs one piece of work after the other on a dispatch queue, so no thread of
/// the cooperative pool blocks.
///
/// `Sendable` is unchecked because of the connection. The class is safe: only the queue uses the connection.
package final class Database: @unchecked Sendable {
    private let connection: Connection
    private let queue = DispatchQueue(label: "SQLite")

    /// Opens a file, or creates it; see ``Connection``.
    ///
    /// - Parameter busyLimit: how long a piece of work waits for a lock of another process.
    /// - Throws: ``SQLiteError``.
    package init(path: String, busyLimit: Duration) throws(SQLiteError) {
        connection = try Connection(path: path, busyLimit: busyLimit)
    }

    /// Closes the file after the work in progress. Later calls fail.
    package func close() { queue.sync { connection.close() } }

    /// Runs a piece of work, and blocks until it is done.
    package func wait<T>(_ body: (Connection) throws -> T) throws -> T {
        try queue.sync { try body(connection) }
    }

    /// Runs a piece of work.
    package func run<T: Sendable>(_ body: @escaping @Sendable (Connection) throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { [self] in continuation.resume(with: Result { try body(connection) }) }
        }
    }

    /// Runs a piece of work later. The caller does not learn whether the work succeeded.
    package func post(_ body: @escaping @Sendable (Connection) -> Void) {
        queue.async { [self] in body(connection) }
    }
}
