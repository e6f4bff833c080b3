import CoverWatch
import GRDB

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

extension JournalError {
    init(inUse path: String, by holder: Int32?) {
        let name = holder.map { "process \($0)" } ?? "another process"
        self.init(
            .inUse,
            "The journal \(path) is in use by \(name). Stop that process, or give this one a journal of its own."
        )
    }

    init(foreign path: String) {
        self.init(
            .foreign,
            "\(path) is not a journal of cover-bridge, and is left as it is. Name another file with --journal."
        )
    }

    init(tooNew path: String) {
        self.init(
            .tooNew,
            "The journal \(path) was written by a later version of cover-bridge. Update, or name another file with --journal."
        )
    }

    init(corrupt path: String) {
        self.init(
            .corrupt,
            "The journal \(path) is damaged. Move it and its -wal file away to begin anew, or restore a copy."
        )
    }

    init(errno reason: Int32, path: String) {
        let (kind, advice): (Kind, String) =
            switch reason {
            case EACCES, EPERM, EROFS:
                (.readOnly, "It may not be written. Change its permissions, or name another file.")
            case ENOENT, ENOTDIR: (.unavailable, "There is no such folder. Make it, or name another file.")
            case EISDIR: (.unavailable, "It is a folder. Name a file in it.")
            case ENOSPC, EDQUOT: (.diskFull, "The disk is full. Make room and start again.")
            default: (.unavailable, unsafe "\(String(cString: strerror(reason))).")
            }
        self.init(kind, "Cannot open the journal \(path): \(advice)")
    }

    /// What an error of SQLite means to the user; the text of the statement stays out of it.
    init(_ error: DatabaseError, path: String) {
        switch error.resultCode {
        case .SQLITE_NOTADB: self.init(foreign: path)
        case .SQLITE_CORRUPT: self.init(corrupt: path)
        case .SQLITE_FULL:
            self.init(.diskFull, "Cannot write the journal \(path): the disk is full. Make room and start again.")
        case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_CANTOPEN:
            self.init(
                .readOnly,
                "Cannot write the journal \(path), or files beside it. Change the permissions of the folder, or name another."
            )
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            self.init(inUse: path, by: nil)
        default:
            self.init(
                .failed,
                "Cannot use the journal \(path): SQLite says \(error.extendedResultCode.rawValue), \(error.message ?? "nothing")."
            )
        }
    }
}

/// Runs `body` with SQLite's errors turned into ours.
func translating<T>(_ path: String, _ body: () throws -> T) throws -> T {
    do { return try body() } catch let error as DatabaseError { throw JournalError(error, path: path) }
}
