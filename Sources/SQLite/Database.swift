import Dispatch

/// A database that any thread may use: its work is done one piece after the other, on a queue of its own, off the cooperative pool.
///
/// Unchecked because of the connection. It is safe: the connection is touched on the queue alone.
package final class Database: @unchecked Sendable {
    private let connection: Connection
    private let queue = DispatchQueue(label: "SQLite")

    /// Opens a file, or makes it; see ``Connection``.
    ///
    /// - Throws: ``SQLiteError``.
    /// - Parameter busyLimit: how long a piece of work waits for a lock of another process.
    package init(path: String, busyLimit: Duration) throws(SQLiteError) {
        connection = try Connection(path: path, busyLimit: busyLimit)
    }

    /// Closes the file once the work at hand is done. What comes later fails.
    package func close() { queue.sync { connection.close() } }

    /// Does a piece of work, and blocks until it is done.
    package func wait<T>(_ body: (Connection) throws -> T) throws -> T {
        try queue.sync { try body(connection) }
    }

    /// Does a piece of work.
    package func run<T: Sendable>(_ body: @escaping @Sendable (Connection) throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { [self] in continuation.resume(with: Result { try body(connection) }) }
        }
    }
}
