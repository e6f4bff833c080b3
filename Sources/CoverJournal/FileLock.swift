import CoverWatch

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The exclusive right to use a journal: a lock on the journal itself, and one on a file beside it, which earlier
/// versions check. The kernel releases the locks when the process dies, whatever the cause.
///
/// The file beside the journal holds the id of the process that has the lock, for the error that other processes get. The file stays when
/// the lock is released: if it were removed, two processes of earlier versions could each lock a file of that name. Only
/// a refused journal leaves no new file.
final class FileLock: Sendable {
    private let descriptor: Int32
    private let name: String
    /// Whether this process has created the file beside the journal.
    private let isNew: Bool
    /// This lock also excludes a process that finds no lock file, because a user has removed it.
    private let journal: RangeLock

    /// Takes the lock of a journal. It does not wait.
    ///
    /// - Throws: ``JournalError`` of kind `inUse` if another process has the lock; other kinds if the file cannot be
    ///   opened.
    init(for file: JournalFile) throws(JournalError) {
        let name = JournalFile.lockName(of: file.trueName)
        let journal = try openFile(file.trueName)
        let user = RangeLock.user(of: journal)
        guard let range = RangeLock(journal) else {
            throw JournalError(inUse: file.path, by: Self.holder(named: name) ?? user)
        }
        // The lock file may not be a link, because the file that it leads to would be emptied.
        let created = unsafe open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        let descriptor = created >= 0 ? created : try openFile(name, O_NOFOLLOW)
        do throws(JournalError) { try Self.take(descriptor, name, for: file.path) } catch {
            // The descriptor is closed here, before the member is set. Otherwise `deinit` would close the number again,
            // when another file may have it.
            close(descriptor)
            throw error
        }
        self.descriptor = descriptor
        self.journal = range
        self.name = name
        isNew = created >= 0
    }

    /// Throws if another process has the lock of the journal. The check changes nothing.
    static func check(_ file: JournalFile) throws(JournalError) {
        let name = JournalFile.lockName(of: file.trueName)
        let journal = try openFile(file.trueName)
        defer { close(journal) }
        guard RangeLock.isFree(journal) else {
            throw JournalError(inUse: file.path, by: holder(named: name) ?? RangeLock.user(of: journal))
        }
        let descriptor = openToRead(name)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        guard flock(descriptor, LOCK_SH | LOCK_NB) == 0 else {
            throw JournalError(inUse: file.path, by: holder(descriptor))
        }
        flock(descriptor, LOCK_UN)
    }

    /// Whether the journal's file has no name any more.
    var isOrphaned: Bool { journal.isOrphaned }

    /// Removes the file beside the journal if this process has created it. Call this only if the journal is not used any
    /// more.
    func removeIfNew() { if isNew { unsafe unlink(name) } }

    deinit {
        // Closing alone would leave the lock with a child process that is just starting and has not closed its copy
        // yet.
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }

    private static func take(_ descriptor: Int32, _ name: String, for path: String) throws(JournalError) {
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            guard errno == EWOULDBLOCK else { throw JournalError(errno: errno, path: name) }
            throw JournalError(inUse: path, by: holder(descriptor))
        }
        var information = stat()
        guard unsafe fstat(descriptor, &information) == 0, information.st_mode & S_IFMT == S_IFREG,
            information.st_nlink <= 1
        else { throw JournalError(foreignLock: name) }
        let text = Array("\(getpid())\n".utf8)
        // The lock works even without the id. The error in other processes then contains less information.
        if ftruncate(descriptor, 0) == 0 { _ = unsafe pwrite(descriptor, text, text.count, 0) }
    }

    private static func openToRead(_ name: String) -> Int32 {
        unsafe open(name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    }

    private static func holder(named name: String) -> Int32? {
        let descriptor = openToRead(name)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        return holder(descriptor)
    }

    private static func holder(_ descriptor: Int32) -> Int32? {
        var bytes = [UInt8](repeating: 0, count: 32)
        let count = unsafe pread(descriptor, &bytes, bytes.count, 0)
        guard count > 0 else { return nil }
        return Int32(String(decoding: bytes.prefix(count).prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
    }
}
