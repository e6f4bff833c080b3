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

    /// The path without links; the path itself if there is no such file.
    package static func realName(of path: String) -> String {
        guard let name = unsafe realpath(path, nil) else { return path }
        defer { unsafe free(name) }
        return unsafe String(cString: name)
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
