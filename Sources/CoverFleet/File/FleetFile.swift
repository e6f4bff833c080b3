import SQLite

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The file of a fleet, and SQLite's log beside it: whether they may be used, and whether they are still the files that were opened.
///
/// This type opens the file only to create it. Closing any descriptor of a file would release SQLite's locks on it.
struct FleetFile: Sendable {
    let path: String
    /// The name of SQLite's log, which is beside the file that symbolic links lead to.
    let logPath: String
    private let identity: FileIdentity

    /// Creates the file if it is missing, readable for this user only.
    ///
    /// - Throws: ``FleetStoreError``: `unusable`.
    init(path: String) throws(FleetStoreError) {
        guard DatabaseFile.isNamed(by: path) else { throw FleetStoreError(noFile: path) }
        try Self.make(path)
        var information = stat()
        guard unsafe stat(path, &information) == 0 else { throw FleetStoreError(errno: errno, path: path) }
        guard information.st_mode & S_IFMT == S_IFREG else { throw FleetStoreError(irregular: path) }
        guard information.st_nlink <= 1 else { throw FleetStoreError(links: Int(information.st_nlink), path: path) }
        if let name = FileSystem.remoteName(of: path) { throw FleetStoreError(fileSystem: name, path: path) }
        self.path = path
        logPath = DatabaseFile.logName(of: path)
        identity = FileIdentity(information)
    }

    /// Whether the name still leads to the same file.
    var isInPlace: Bool { FileIdentity(of: path) == identity }

    private static func make(_ path: String) throws(FleetStoreError) {
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY, 0o600)
        if descriptor >= 0 {
            close(descriptor)
        } else if errno != EEXIST {
            throw FleetStoreError(errno: errno, path: path)
        }
    }
}
