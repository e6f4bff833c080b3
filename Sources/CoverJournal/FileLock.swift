import CoverWatch

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The right to a journal: an advisory lock on a file beside it, which the kernel gives back however the process dies.
///
/// The file holds the id of the process that has the lock, for the error that others get. It stays when the lock goes: removing
/// it would let two processes each lock a file of that name.
final class FileLock: Sendable {
    private let descriptor: Int32

    /// Takes the lock of a journal. Does not wait.
    init(for file: JournalFile) throws(JournalError) {
        // By its true name, so that links to one journal share one lock.
        let name = file.trueName + ".lock"
        // A link is not followed: the file at its end would be emptied.
        let descriptor = try openFile(name, O_NOFOLLOW)
        do throws(JournalError) { try Self.take(descriptor, name, for: file.path) } catch {
            // Here, and before the member is set: otherwise `deinit` would close it once more, when it may be another's.
            close(descriptor)
            throw error
        }
        self.descriptor = descriptor
    }

    /// Throws where another process has the journal's lock. Changes nothing.
    static func check(_ file: JournalFile) throws(JournalError) {
        let descriptor = unsafe open(file.trueName + ".lock", O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        guard flock(descriptor, LOCK_SH | LOCK_NB) == 0 else {
            throw JournalError(inUse: file.path, by: holder(descriptor))
        }
        flock(descriptor, LOCK_UN)
    }

    deinit {
        // Closing alone would leave the lock with a child that is being started just now and has not closed its copy yet.
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
        // Without the id the lock holds all the same; only the error of others says less.
        if ftruncate(descriptor, 0) == 0 { _ = unsafe pwrite(descriptor, text, text.count, 0) }
    }

    private static func holder(_ descriptor: Int32) -> Int32? {
        var bytes = [UInt8](repeating: 0, count: 32)
        let count = unsafe pread(descriptor, &bytes, bytes.count, 0)
        guard count > 0 else { return nil }
        return Int32(String(decoding: bytes.prefix(count).prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
    }
}
