import CoverWatch

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The file of a journal, and its log beside it: whether they may be used, and whether they are still those that were opened.
struct JournalFile: Sendable {
    let path: String
    /// Without links: SQLite has its log beside that one.
    let trueName: String
    private let identity: FileIdentity
    private var log: FileIdentity?

    /// Refuses what SQLite takes for databases of other kinds, which are gone with the process or are files of another name.
    static func check(name: String) throws(JournalError) {
        if name.isEmpty || name == ":memory:" || name.hasPrefix("file:") { throw JournalError(noFile: name) }
    }

    /// Makes the file where it is missing, for this user's eyes alone: a journal has callback URLs in it.
    ///
    /// - Throws: what is wrong with it, in words that say more than SQLite's.
    init(path: String) throws(JournalError) {
        try Self.check(name: path)
        let descriptor = try openFile(path)
        defer { close(descriptor) }
        var information = stat()
        guard unsafe fstat(descriptor, &information) == 0 else { throw JournalError(errno: errno, path: path) }
        guard information.st_mode & S_IFMT == S_IFREG else { throw JournalError(irregular: path) }
        guard information.st_nlink <= 1 else { throw JournalError(links: Int(information.st_nlink), path: path) }
        self.path = path
        trueName = realName(of: path)
        identity = FileIdentity(information)
    }

    /// Notes which log belongs to the file, once SQLite has made it.
    mutating func noteLog() { log = FileIdentity(of: trueName + "-wal") }

    /// Refuses to go on with a file that is not the one that was opened: what is written then is nowhere after the process.
    func check() throws(JournalError) {
        guard FileIdentity(of: path) == identity, log == nil || FileIdentity(of: trueName + "-wal") == log else {
            throw JournalError(gone: path)
        }
    }
}

/// Which file a name stands for.
private struct FileIdentity: Sendable, Equatable {
    private let device: UInt64
    private let number: UInt64

    init(_ information: stat) {
        device = UInt64(information.st_dev)
        number = UInt64(information.st_ino)
    }

    /// nil where there is no file of this name.
    init?(of path: String) {
        var information = stat()
        guard unsafe stat(path, &information) == 0 else { return nil }
        self.init(information)
    }
}

/// The name without links; the name as it is where there is no such file.
func realName(of path: String) -> String {
    guard let name = unsafe realpath(path, nil) else { return path }
    defer { unsafe free(name) }
    return unsafe String(cString: name)
}

/// Opens a file, or makes it for this user alone.
func openFile(_ name: String, _ flags: Int32 = 0) throws(JournalError) -> Int32 {
    let descriptor = unsafe open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY | flags, 0o600)
    guard descriptor >= 0 else { throw JournalError(errno: errno, path: name) }
    return descriptor
}
