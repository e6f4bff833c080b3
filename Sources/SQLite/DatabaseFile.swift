#if canImport(Glibc)
    package import Glibc
#elseif canImport(Musl)
    package import Musl
#else
    package import Darwin
#endif

/// The name of a database's file, as SQLite reads it.
package enum DatabaseFile {
    /// Whether SQLite treats a name as the name of a file. SQLite treats some names as databases of other kinds. Such
    /// databases vanish with the process, or their files have other names.
    package static func isNamed(by name: String) -> Bool {
        !name.isEmpty && name != ":memory:" && !name.hasPrefix("file:")
    }

    /// The name of SQLite's log, which lies beside the file that links lead to.
    package static func logName(of path: String) -> String { realName(of: path) + "-wal" }

    /// The files that SQLite makes beside a database: the log, its index, and the log of the transaction that turns the
    /// first log on. The longest name is the last.
    package static func companions(of path: String) -> [String] {
        ["-wal", "-shm", "-journal"].map { realName(of: path) + $0 }
    }

    /// Why SQLite cannot make or use a file beside a database. SQLite's own error does not name the file.
    package enum Obstacle: Error, Hashable {
        /// The name is longer than the file system or SQLite allows.
        case longName
        /// What has this name is no regular file, or it is a link, which SQLite does not follow.
        case irregular(String)
    }

    /// Looks whether the files beside a database can be made, and makes none.
    ///
    /// - Parameter others: further files that the owner of the database makes beside it.
    package static func checkCompanions(of path: String, _ others: [String] = []) throws(Obstacle) {
        let names = companions(of: path) + others
        // unixFullPathname of SQLite has room for 512 bytes.
        if names.contains(where: { $0.utf8.count > 512 }) { throw .longName }
        for name in names {
            var information = stat()
            if unsafe lstat(name, &information) != 0 {
                if errno == ENAMETOOLONG { throw .longName }
            } else if information.st_mode & S_IFMT != S_IFREG {
                throw .irregular(name)
            }
        }
    }

    /// Whether the file is there and has no bytes. While SQLite uses a file in the mode of the journal and the fleet,
    /// the file has its first page at least.
    package static func isEmpty(_ path: String) -> Bool {
        var information = stat()
        return unsafe stat(path, &information) == 0 && information.st_size == 0
    }

    /// Whether the path still leads to the file that was opened, and the file was not emptied.
    package static func isInPlace(_ path: String, _ identity: FileIdentity) -> Bool {
        var information = stat()
        return unsafe stat(path, &information) == 0 && FileIdentity(information) == identity && information.st_size > 0
    }

    /// The absolute path without links. If there is no such file, only the path of its folder is so; if there is no such
    /// folder, or its name is no text, the result is the path itself.
    package static func realName(of path: String) -> String {
        if let name = resolved(path) { return name }
        let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
        guard let folder = resolved(slash.map { String(path[...$0]) } ?? ".") else { return path }
        let name = slash.map { path[$0...].dropFirst() } ?? path[...]
        return (folder == "/" ? "" : folder) + "/" + name
    }

    private static func resolved(_ path: String) -> String? {
        guard let name = unsafe realpath(path, nil) else { return nil }
        defer { unsafe free(name) }
        return unsafe String(validatingCString: name)
    }
}

/// The identity of a file: what remains the same when it is renamed.
package struct FileIdentity: Sendable, Hashable {
    private let device: UInt64
    private let number: UInt64

    /// - Parameter information: what `stat` or `fstat` said of the file.
    package init(_ information: stat) {
        device = UInt64(information.st_dev)
        number = UInt64(information.st_ino)
    }

    /// Returns nil if there is no file with this name.
    package init?(of path: String) {
        var information = stat()
        guard unsafe stat(path, &information) == 0 else { return nil }
        self.init(information)
    }
}
