import CoverWatch
import SQLite

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The file of a journal and its log beside it. This type checks whether the two files may be used, and whether they
/// are still the files that were opened.
struct JournalFile: Sendable {
    let path: String
    /// The path without links. SQLite puts its log beside this one.
    let trueName: String
    private let identity: FileIdentity
    /// Whether this process has created the file.
    private let isNew: Bool
    private var log: FileIdentity?

    /// Refuses names that SQLite treats as databases of other kinds, because such databases vanish with the process, or
    /// their files have other names. Also refuses names beside which SQLite or the lock cannot make a file.
    static func check(name: String) throws(JournalError) {
        guard DatabaseFile.isNamed(by: name) else { throw JournalError(noFile: name) }
        do throws(DatabaseFile.Obstacle) {
            try DatabaseFile.checkCompanions(of: name, [lockName(of: name)])
        } catch {
            throw JournalError(error, path: name)
        }
    }

    /// The name of the lock file. It comes from the path without links, so that all links to one journal share one lock.
    static func lockName(of path: String) -> String { DatabaseFile.realName(of: path) + ".lock" }

    /// Creates the file if it is missing, readable by this user alone: a journal contains callback URLs.
    ///
    /// - Throws: ``JournalError``, which says more than SQLite's own error.
    init(path: String) throws(JournalError) {
        try Self.check(name: path)
        // A new file of this name, which is no link, is removed again if the journal is refused.
        let created = unsafe open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        isNew = created >= 0
        let descriptor = isNew ? created : try openFile(path)
        defer { close(descriptor) }
        var information = stat()
        guard unsafe fstat(descriptor, &information) == 0 else { throw JournalError(errno: errno, path: path) }
        guard information.st_mode & S_IFMT == S_IFREG else { throw JournalError(irregular: path) }
        guard information.st_nlink <= 1 else { throw JournalError(links: Int(information.st_nlink), path: path) }
        self.path = path
        trueName = DatabaseFile.realName(of: path)
        identity = FileIdentity(information)
        do throws(JournalError) { try checkStart(of: descriptor) } catch {
            removeIfNew()
            throw error
        }
    }

    /// Removes the file if this process has created it, and the name still leads to it.
    ///
    /// - Parameter isLocked: whether this process has the lock. Only then it may remove the files of SQLite too.
    func removeIfNew(isLocked: Bool = false) {
        guard isNew, FileIdentity(of: path) == identity else { return }
        if isLocked { DatabaseFile.companions(of: path).forEach { unsafe unlink($0) } }
        unsafe unlink(path)
    }

    /// Throws if the file does not begin as a database and a log with content is beside it. SQLite would delete the log,
    /// and the log may hold changes that a user can restore.
    private func checkStart(of descriptor: Int32) throws(JournalError) {
        let title = Array("SQLite format 3\0".utf8)
        var start = [UInt8](repeating: 0, count: title.count)
        let count = unsafe pread(descriptor, &start, start.count, 0)
        guard count >= 0 else { throw JournalError(errno: errno, path: path) }
        let log = DatabaseFile.logName(of: path)
        if start != title, FileIdentity(of: log) != nil, !DatabaseFile.isEmpty(log) {
            throw JournalError(headless: path)
        }
    }

    /// Remembers which log belongs to the file, after SQLite has created it.
    mutating func noteLog() { log = FileIdentity(of: trueName + "-wal") }

    /// Throws if the file or its log is not the one that was opened. Data written after that would be lost when the
    /// process ends.
    func check() throws(JournalError) {
        guard DatabaseFile.isInPlace(path, identity) else { throw JournalError(gone: path) }
        let logName = trueName + "-wal"
        guard log == nil || FileIdentity(of: logName) == log else { throw JournalError(gone: logName, of: path) }
    }
}

/// Opens a file, or creates it for this user alone.
func openFile(_ name: String, _ flags: Int32 = 0) throws(JournalError) -> Int32 {
    let descriptor = unsafe open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY | flags, 0o600)
    guard descriptor >= 0 else { throw JournalError(errno: errno, path: name) }
    return descriptor
}
