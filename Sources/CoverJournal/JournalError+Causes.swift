import CoverWatch
import SQLite

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
        let log = DatabaseFile.logName(of: path)
        self.init(
            .corrupt,
            "The journal \(path) is damaged. Move it away, and \(log) if it is there, to start a new journal, or restore a copy."
        )
    }

    init(headless path: String) {
        let log = DatabaseFile.logName(of: path)
        self.init(
            .corrupt,
            "The journal \(path) is damaged: its start is missing. Its log \(log) may hold changes, so both are left as they are. "
                + "Move both away to start a new journal, or restore a copy."
        )
    }

    init(_ obstacle: DatabaseFile.Obstacle, path: String) {
        switch obstacle {
        case .longName: self.init(errno: ENAMETOOLONG, path: path)
        case .irregular(let name):
            self.init(
                .unavailable,
                "\(name) is no regular file, and the journal \(path) needs the name for a file of its own. "
                    + "Move it away, or name another file with --journal."
            )
        }
    }

    init(noFile path: String) {
        let name = path.isEmpty ? "an empty name" : path
        let own = path.isEmpty ? "" : ", or ./\(path) for a file of that name"
        self.init(
            .unavailable,
            "The journal is a file, but for SQLite, \(name) is something else. Leave --journal out to keep nothing, "
                + "or name a file\(own)."
        )
    }

    init(irregular path: String) {
        self.init(.unavailable, "Cannot use \(path) as a journal: it is no regular file. Name another.")
    }

    init(links count: Int, path: String) {
        self.init(
            .unavailable,
            "The journal \(path) has \(count) names (hard links). SQLite keeps a log beside each, so that changes would be lost. "
                + "Remove the other names, or make a copy."
        )
    }

    init(foreignLock name: String) {
        self.init(
            .unavailable,
            "\(name) is no lock of cover-bridge, and is left as it is. Move it away, then start again."
        )
    }

    /// - Parameters:
    ///   - name: the file that is gone.
    ///   - journal: the journal whose log it is; nil for a journal.
    init(gone name: String, of journal: String? = nil) {
        let subject = journal.map { "The log \(name) of the journal \($0)" } ?? "The journal \(name)"
        self.init(
            .unavailable,
            "\(subject) was deleted, replaced or emptied while it was in use; what follows would be lost. "
                + "Put it back, or name another file with --journal, and start again."
        )
    }

    init(cut path: String) {
        self.init(
            .corrupt,
            "The log \(DatabaseFile.logName(of: path)) of the journal was emptied or cut by another program while it was in use, so the newest watches and changes "
                + "are lost. Start again: the journal has what is left, in a new epoch. Then watch the tasks again."
        )
    }

    init(errno reason: Int32, path: String) {
        let (kind, advice): (Kind, String) =
            switch reason {
            case EACCES, EPERM, EROFS:
                (
                    .readOnly,
                    "It may not be written. Change its permissions or those of its folder, or name another file."
                )
            case ENOENT, ENOTDIR: (.unavailable, "There is no such folder. Make it, or name another file.")
            case EISDIR: (.unavailable, "It is a folder. Name a file in it.")
            case ELOOP: (.unavailable, "It is a link where none may be, or one that leads nowhere. Remove the link.")
            case ENXIO, ENODEV: (.unavailable, "It is no regular file. Name another.")
            case ENAMETOOLONG:
                (
                    .unavailable,
                    "The name is too long, as up to 8 bytes are added for the files beside it. Name another file."
                )
            case EMFILE, ENFILE: (.unavailable, "No file can be opened any more. Raise the limit (ulimit -n).")
            case ENOSPC, EDQUOT: (.diskFull, "The disk is full. Make room and start again.")
            case EFBIG: (.failed, "It would exceed the limit for the size of a file. Raise the limit (ulimit -f).")
            default: (.unavailable, unsafe "\(String(cString: strerror(reason))).")
            }
        self.init(kind, "Cannot open the journal \(path): \(advice)")
    }

    /// The error for the user. It omits the text of the SQL statement.
    init(_ error: SQLiteError, path: String) {
        switch error.cause {
        case .notADatabase: self.init(foreign: path)
        case .corrupt: self.init(corrupt: path)
        case .moved: self.init(gone: path)
        case .diskFull:
            self.init(.diskFull, "Cannot write the journal \(path): the disk is full. Make room and start again.")
        case .fileTooLarge:
            self.init(
                .failed,
                "Cannot write the journal \(path): it would exceed the limit for the size of a file. "
                    + "Raise the limit (ulimit -f), then start again."
            )
        case .readOnly, .cannotOpen:
            self.init(
                .readOnly,
                "Cannot write the journal \(path), or files beside it. Change the permissions of these files and their folder, "
                    + "or name another folder."
            )
        case .busy:
            self.init(
                .inUse,
                "The journal \(path) is locked by another program, as a backup or an SQLite shell. End that, then start again."
            )
        case .inputOutput:
            self.init(
                .failed,
                "The disk does not read or write the journal \(path) (SQLite error \(error.extendedCode)). "
                    + "Check the disk and the limit for the size of a file (ulimit -f), or name a file on another disk."
            )
        case .outOfMemory:
            self.init(.failed, "There is not enough memory for the journal \(path). Free some and start again.")
        case .other:
            self.init(
                .failed,
                "Cannot use the journal \(path): SQLite says \(error.extendedCode), \(error.message)."
            )
        }
    }
}

/// Runs `body`, and turns errors of SQLite into ``JournalError``.
func translating<T>(_ path: String, _ body: () throws -> T) throws -> T {
    do { return try body() } catch let error as SQLiteError { throw JournalError(error, path: path) }
}
