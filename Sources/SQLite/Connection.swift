internal import CSQLite

/// An open database file. Its methods block. Only one thread at a time may use a connection, and ``Database`` makes
/// sure of this.
@safe package final class Connection {
    /// The open database; nil after it was closed.
    private var connection: OpaquePointer?
    private var statements: [String: Statement] = [:]
    private var log: LogGuard

    /// Opens a file, or creates it.
    ///
    /// - Parameter busyLimit: how long a call waits for a lock of another connection.
    /// - Throws: ``SQLiteError``.
    package init(path: String, busyLimit: Duration) throws(SQLiteError) {
        log = LogGuard(path: path)
        var opened: OpaquePointer?
        // SQLite's own lock is not needed, because one thread uses the connection.
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX
        let code = unsafe sqlite3_open_v2(path, &opened, flags, nil)
        unsafe connection = unsafe opened
        guard code == SQLITE_OK else { throw unsafe SQLiteError(of: opened) }
        _ = unsafe sqlite3_extended_result_codes(connection, 1)
        _ = unsafe sqlite3_busy_timeout(connection, Int32(min(busyLimit / .milliseconds(1), 1e6)))
    }

    deinit { close() }

    /// Makes a log or an index that another program has cut usable again. Call this between two transactions.
    ///
    /// - Returns: whether commits were lost. Then the database has an earlier state.
    /// - Throws: ``SQLiteError``.
    func mendLog() throws(SQLiteError) -> Bool {
        guard let connection = unsafe connection else { return false }
        return try unsafe log.mend(connection)
    }

    /// Notes the state of the log's index. Call this after each transaction.
    func noteLog() { unsafe log.note(connection) }

    /// Closes the file. Later calls fail.
    func close() {
        // The statements are freed first, because they hold the connection.
        statements = [:]
        _ = unsafe sqlite3_close_v2(connection)
        unsafe connection = nil
    }

    /// Runs statements that take no values and whose results are not needed. Semicolons separate them.
    package func execute(_ script: String) throws(SQLiteError) {
        guard unsafe sqlite3_exec(try opened(), script, nil, nil, nil) == SQLITE_OK else {
            throw unsafe SQLiteError(of: connection)
        }
    }

    /// Runs one statement. The statement is prepared once and cached.
    package func run(_ sql: String, _ values: SQLiteValue...) throws {
        try prepared(sql).run(values) { _ in }
    }

    /// Runs one query and reads each row of its result. The query is prepared once and cached.
    package func rows<T>(_ sql: String, _ values: SQLiteValue..., read: (borrowing Row) throws -> T) throws -> [T] {
        var result: [T] = []
        try prepared(sql).run(values) { result.append(try read($0)) }
        return result
    }

    /// The integers of the first column of a query's result.
    package func integers(_ sql: String) throws -> [Int64] { try rows(sql) { $0.integer(0) } }

    /// The texts of the first column of a query's result.
    package func texts(_ sql: String) throws -> [String] { try rows(sql) { $0.text(0) } }

    /// Runs `body` in a transaction. If `body` returns, all its changes take effect. If `body` throws, none of them
    /// does.
    package func transaction<T>(_ body: () throws -> T) throws -> T {
        // IMMEDIATE takes the lock first: if the lock is missing, the call fails before anything is done.
        try execute("BEGIN IMMEDIATE")
        do {
            let result = try body()
            try execute("COMMIT")
            return result
        } catch {
            // Some errors, such as a full disk, have rolled the transaction back already. In this case the `ROLLBACK`
            // fails too, and its error adds no information.
            try? execute("ROLLBACK")
            throw error
        }
    }

    private func prepared(_ sql: String) throws(SQLiteError) -> Statement {
        if let statement = statements[sql] { return statement }
        var prepared: OpaquePointer?
        let connection = unsafe try opened()
        let code = unsafe sqlite3_prepare_v3(connection, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &prepared, nil)
        guard code == SQLITE_OK, let pointer = unsafe prepared else { throw unsafe SQLiteError(of: connection) }
        let statement = unsafe Statement(pointer)
        statements[sql] = statement
        return statement
    }

    @unsafe private func opened() throws(SQLiteError) -> OpaquePointer {
        guard let connection = unsafe connection else {
            throw SQLiteError(extendedCode: SQLITE_MISUSE, message: "the database is closed")
        }
        return unsafe connection
    }
}
