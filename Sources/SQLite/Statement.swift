internal import CSQLite

/// A prepared statement of one ``Connection``. The connection owns the statement and lives longer than the statement.
@safe final class Statement {
    private let statement: OpaquePointer

    /// - Parameter statement: owned by this object from now on, and freed with it.
    @unsafe init(_ statement: OpaquePointer) { unsafe self.statement = unsafe statement }

    deinit { _ = unsafe sqlite3_finalize(statement) }

    /// Runs the statement, and calls `each` for each row of its result. Afterwards the statement can run again.
    func run(_ values: [SQLiteValue], _ each: (borrowing Row) throws -> Void) throws {
        defer {
            // The result of the reset repeats the error of the step, so it is ignored.
            _ = unsafe sqlite3_reset(statement)
            _ = unsafe sqlite3_clear_bindings(statement)
        }
        for (index, value) in values.enumerated() { try bind(value, at: Int32(index + 1)) }
        while true {
            switch unsafe sqlite3_step(statement) {
            case SQLITE_ROW: try each(unsafe Row(statement))
            case SQLITE_DONE: return
            default: throw unsafe SQLiteError(of: sqlite3_db_handle(statement))
            }
        }
    }

    private func bind(_ value: SQLiteValue, at index: Int32) throws(SQLiteError) {
        let code =
            switch value {
            case .null: unsafe sqlite3_bind_null(statement, index)
            case .integer(let integer): unsafe sqlite3_bind_int64(statement, index, integer)
            case .text(let text): unsafe csqlite_bind_text(statement, index, text, Int32(text.utf8.count))
            }
        guard code == SQLITE_OK else { throw unsafe SQLiteError(of: sqlite3_db_handle(statement)) }
    }
}

/// The current row of a running statement.
@safe package struct Row: ~Copyable {
    private let statement: OpaquePointer

    @unsafe fileprivate init(_ statement: OpaquePointer) { unsafe self.statement = unsafe statement }

    /// An integer of the row; 0 if it is null.
    package func integer(_ column: Int32) -> Int64 { unsafe sqlite3_column_int64(statement, column) }

    /// A text of the row; empty if it is null. Bytes that are not UTF-8 become U+FFFD.
    package func text(_ column: Int32) -> String {
        guard let bytes = unsafe sqlite3_column_text(statement, column) else { return "" }
        let count = Int(unsafe sqlite3_column_bytes(statement, column))
        return unsafe String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
    }

    package func isNull(_ column: Int32) -> Bool { unsafe sqlite3_column_type(statement, column) == SQLITE_NULL }
}

extension SQLiteError {
    /// The last error of a connection.
    @unsafe init(of connection: OpaquePointer?) {
        self.init(
            extendedCode: unsafe sqlite3_extended_errcode(connection),
            message: unsafe String(cString: sqlite3_errmsg(connection)),
            systemCode: unsafe sqlite3_system_errno(connection)
        )
    }
}
