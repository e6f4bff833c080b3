internal import CSQLite

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// An error of SQLite (<https://sqlite.org/rescode.html>). It does not contain the text of the statement.
package struct SQLiteError: Error, Sendable, Hashable {
    /// The causes that callers treat differently.
    package enum Cause: Sendable {
        /// Another connection holds a lock that is needed.
        case busy
        case cannotOpen
        case corrupt
        case diskFull
        /// The file would exceed the limit of the system for the size of a file.
        case fileTooLarge
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
    /// The error number of the system, such as `EFBIG`; 0 if there is none.
    package let systemCode: Int32

    package init(extendedCode: Int32, message: String, systemCode: Int32 = 0) {
        self.extendedCode = extendedCode
        self.message = message
        self.systemCode = systemCode
    }

    package var cause: Cause {
        if extendedCode == SQLITE_READONLY | 4 << 8 { return .moved }  // SQLITE_READONLY_DBMOVED, a macro
        // The low byte of an extended code is the primary code.
        return switch extendedCode & 0xFF {
        case SQLITE_BUSY, SQLITE_LOCKED, SQLITE_PROTOCOL: .busy
        case SQLITE_CANTOPEN: .cannotOpen
        case SQLITE_CORRUPT: .corrupt
        case SQLITE_FULL: .diskFull
        case SQLITE_IOERR: inputOutputCause
        case SQLITE_NOTADB: .notADatabase
        case SQLITE_NOMEM: .outOfMemory
        case SQLITE_READONLY, SQLITE_PERM, SQLITE_AUTH: .readOnly
        default: .other
        }
    }

    /// SQLite has a code of its own for a full disk, but not for one on which the index of the log cannot grow, or where
    /// the user's quota is used up.
    private var inputOutputCause: Cause {
        switch systemCode {
        case ENOSPC, EDQUOT: .diskFull
        case EFBIG: .fileTooLarge
        default: .inputOutput
        }
    }
}
