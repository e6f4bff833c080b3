import SQLite

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

extension FleetStoreError {
    init(noFile path: String) {
        let name = path.isEmpty ? "an empty name" : path
        self.init(
            .unusable,
            "The fleet's store is a file, and \(name) is none.",
            next: "Name a file, as in /run/user/1000/covers.fleet."
        )
    }

    init(irregular path: String) {
        self.init(.unusable, "Cannot use \(path) as a fleet's store: it is no regular file.", next: "Name another.")
    }

    init(_ obstacle: DatabaseFile.Obstacle, path: String) {
        switch obstacle {
        case .longName: self.init(errno: ENAMETOOLONG, path: path)
        case .irregular(let name):
            self.init(
                .unusable,
                "\(name) is no regular file, and SQLite needs the name for a file beside \(path).",
                next: "Move it away, or name another file."
            )
        }
    }

    init(otherUser path: String) {
        self.init(
            .unusable,
            "The fleet's file \(path) belongs to another user, and only that user may write it.",
            next: "A file is for the processes of one user: name another."
        )
    }

    init(links count: Int, path: String) {
        self.init(
            .unusable,
            "The fleet's file \(path) has \(count) names (hard links), and SQLite keeps a log beside each, which would split the fleet.",
            next: "Remove the other names."
        )
    }

    init(fileSystem name: String, path: String) {
        self.init(
            .unusable,
            "The fleet's file \(path) is on a file system (\(name)) whose locks are not safe between processes.",
            next: "Name a file on a local disk or in /dev/shm."
        )
    }

    init(foreign path: String) {
        self.init(
            .unusable,
            "\(path) is not a fleet's file of cover-bridge, and is left as it is.",
            next: "Name another."
        )
    }

    init(otherVersion path: String) {
        self.init(
            .unusable,
            "The fleet's file \(path) was made by another version of cover-bridge.",
            next: "Use one version in a fleet, or remove the file once no bridge uses it."
        )
    }

    init(otherClock path: String, _ kind: Kind) {
        self.init(
            kind,
            "The fleet's file \(path) is in use by processes with another clock: those of another host, another virtual machine or "
                + "another time namespace.",
            next: "Name another file for this process, or share a Redis."
        )
    }

    init(noStart path: String) {
        self.init(
            .unusable,
            "Cannot use the fleet's file \(path): it needs /proc, where the system says which start of it the file's times belong to.",
            next: "Mount /proc, or share a Redis."
        )
    }

    init(errno reason: Int32, path: String) {
        let (cause, next) =
            switch reason {
            case EACCES, EPERM, EROFS:
                ("It may not be written.", "Change its permissions or those of its folder, or name another file.")
            case ENOENT, ENOTDIR: ("There is no such folder.", "Make it, or name another file.")
            case ELOOP: ("It is a link that leads nowhere.", "Remove the link.")
            case EMFILE, ENFILE: ("No file can be opened any more.", "Raise the limit (ulimit -n).")
            case ENOSPC, EDQUOT: ("The disk is full.", "Make room.")
            case ENAMETOOLONG:
                ("The name is too long, as SQLite adds up to 8 bytes for the files beside it.", "Name another file.")
            default: unsafe ("\(String(cString: strerror(reason))).", "Name another file.")
            }
        self.init(.unusable, "Cannot open the fleet's file \(path): \(cause)", next: next)
    }

    /// The meaning of an SQLite error for the user, without the text of the statement.
    init(_ error: SQLiteError, path: String) {
        switch error.cause {
        case .busy:
            self.init(
                .away,
                "The fleet's file \(path) is locked by another process, which may be stopped in the midst of a change.",
                next: "Continue or end it."
            )
        case .moved: self.init(replaced: path)
        case .notADatabase: self.init(foreign: path)
        case .corrupt: self.init(damaged: path)
        case .cannotOpen, .readOnly:
            self.init(
                .unusable,
                "Cannot write the fleet's file \(path), or files beside it.",
                next: "Change the permissions of these files and their folder, or name another folder."
            )
        case .diskFull: self.init(.away, "Cannot write the fleet's file \(path): the disk is full.", next: "Make room.")
        case .fileTooLarge:
            self.init(
                .away,
                "Cannot write the fleet's file \(path): it would exceed the limit for the size of a file.",
                next: "Raise the limit (ulimit -f)."
            )
        case .inputOutput, .outOfMemory, .other:
            self.init(
                .away,
                "Cannot use the fleet's file \(path): SQLite says \(error.extendedCode), \(error.message)."
            )
        }
    }

    init(damaged path: String) {
        self.init(
            .unusable,
            "The fleet's file \(path) is damaged.",
            next: "Remove it and its -wal and -shm files: nothing in it is lost for good."
        )
    }

    init(replaced path: String) {
        self.init(.away, "The fleet's file \(path) was deleted, replaced or emptied. It is opened again.")
    }

    init(slow path: String) {
        self.init(
            .away,
            "The fleet's file \(path) could not be used within a second.",
            next: "The disk or the machine may be overloaded."
        )
    }

    init(closed path: String) {
        self.init(.away, "The fleet's file \(path) is closed.")
    }
}
