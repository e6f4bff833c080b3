internal import CSQLite

/// An error of SQLite (<https://sqlite.org/rescode.html>). It does not contain the text of the statement.
package struct SQLiteError: Error, Sendable, Hashable {
    /// The causes that callers treat differently.
    package enum Cause: Sendable {
        /// Another connection holds a lock that is needed.
        case busy
        case cannotOpen
        case corrupt
        case diskFull
        case inputOutput
        /// The file was moved or deleted while it was open.
        case moved
        /// The file is no database.
        case notADatabase
        case outOfMemory
        /// The file, or its folder, may not be written.
        case readOnly
        case other
    }

    /// The extended result code, such as `SQLITE_IOERR_FSYNC`.
    package let extendedCode: Int32
    /// The message of SQLite.
    package let message: String

    package init(extendedCode: Int32, message: String) {
        self.extendedCode = extendedCode
        self.message = message
    }

    package var cause: Cause {
        if extendedCode == SQLITE_READONLY | 4 << 8 { return .moved }  // SQLITE_READONLY_DBMOVED, a macro
        // The low byte of an extended code is the primary code.
        return switch extendedCode & 0xFF {
        case SQLITE_BUSY, SQLITE_LOCKED, SQLITE_PROTOCOL: .busy
        case SQLITE_CANTOPEN: .cannotOpen
        case SQLITE_CORRUPT: .corrupt
        case SQLITE_FULL: .diskFull
        case SQLITE_IOERR: .inputOutput
        case SQLITE_NOTADB: .notADatabase
        case SQLITE_NOMEM: .outOfMemory
        case SQLITE_READONLY, SQLITE_PERM, SQLITE_AUTH: .readOnly
        default: .other
        }
    }
}
