import CoverModel
import SQLite

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The file of a fleet, and SQLite's log beside the file. This type checks whether both may be used, and whether they
/// are still the files that were opened.
///
/// This type opens the file only to create the file. If a process closes any descriptor of a file, the system releases
/// SQLite's locks on that file.
struct FleetFile: Sendable {
    let path: String
    /// The path of SQLite's log. The log is beside the file to which symbolic links lead.
    let logPath: String
    /// Whether processes used the file when this value was made. SQLite touches the log when it opens the file.
    let wasInUse: Bool
    private let identity: FileIdentity

    /// The longest time without a write to the log while a process uses the file.
    private static let rest: Duration = FleetLimits.silence

    /// Creates the file if it is missing. Only this user can read the new file.
    ///
    /// - Throws: ``FleetStoreError``: `unusable`.
    init(path: String) throws(FleetStoreError) {
        guard DatabaseFile.isNamed(by: path) else { throw FleetStoreError(noFile: path) }
        try Self.checkCompanions(of: path)
        try Self.make(path)
        var information = stat()
        guard unsafe stat(path, &information) == 0 else {
            let reason = errno
            // The name exists, because the file could not be created. If it leads to no file, it is a symbolic link
            // without a target.
            throw FleetStoreError(errno: reason == ENOENT ? ELOOP : reason, path: path)
        }
        guard information.st_mode & S_IFMT == S_IFREG else { throw FleetStoreError(irregular: path) }
        if information.st_uid != geteuid(), unsafe access(path, R_OK | W_OK) != 0 {
            throw FleetStoreError(otherUser: path)
        }
        guard information.st_nlink <= 1 else { throw FleetStoreError(links: Int(information.st_nlink), path: path) }
        if let name = FileSystem.remoteName(of: path) { throw FleetStoreError(fileSystem: name, path: path) }
        self.path = path
        logPath = DatabaseFile.logName(of: path)
        wasInUse = Self.isRecent(logPath)
        identity = FileIdentity(information)
    }

    /// Checks whether a missing file can be created in its folder.
    ///
    /// - Throws: ``FleetStoreError``: `unusable`.
    static func checkPlace(of path: String, in folder: String) throws(FleetStoreError) {
        var information = stat()
        // The name exists, and leads to no file.
        if unsafe lstat(path, &information) == 0 { throw FleetStoreError(errno: ELOOP, path: path) }
        guard unsafe access(folder, W_OK | X_OK) == 0 else { throw FleetStoreError(errno: errno, path: path) }
        if let name = FileSystem.remoteName(of: folder) { throw FleetStoreError(fileSystem: name, path: path) }
        try checkCompanions(of: path)
    }

    private static func checkCompanions(of path: String) throws(FleetStoreError) {
        do throws(DatabaseFile.Obstacle) { try DatabaseFile.checkCompanions(of: path) } catch {
            throw FleetStoreError(error, path: path)
        }
    }

    /// Whether the path still leads to the same file, and the file was not emptied.
    var isInPlace: Bool { DatabaseFile.isInPlace(path, identity) }

    /// Whether a process has written the log lately.
    var isInUse: Bool { Self.isRecent(logPath) }

    /// The two files beside the fleet's file while SQLite has it open: the log, and the memory that the processes
    /// share.
    var companions: [FileIdentity?] {
        [FileIdentity(of: logPath), FileIdentity(of: DatabaseFile.realName(of: path) + "-shm")]
    }

    /// Whether the file was written lately. The comparison uses the clock of file times, because all time namespaces
    /// share that clock.
    private static func isRecent(_ path: String) -> Bool {
        var (information, now) = (stat(), timespec())
        guard unsafe stat(path, &information) == 0 else { return false }
        unsafe clock_gettime(CLOCK_REALTIME, &now)
        let age = Duration.seconds(now.tv_sec - information.st_mtim.tv_sec)
        return abs(age.inSeconds) < rest.inSeconds
    }

    private static func make(_ path: String) throws(FleetStoreError) {
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY, 0o600)
        if descriptor >= 0 {
            close(descriptor)
        } else if errno != EEXIST {
            throw FleetStoreError(errno: errno, path: path)
        }
    }
}
