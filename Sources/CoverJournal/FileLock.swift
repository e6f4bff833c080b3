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

    /// Takes the lock of the journal at `path`, which must exist. Does not wait.
    init(for path: String) throws(JournalError) {
        // By its true name, so that links to one journal share one lock.
        let name = Self.trueName(of: path) + ".lock"
        descriptor = try openFile(name)
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let reason = errno
            defer { close(descriptor) }
            guard reason == EWOULDBLOCK else { throw JournalError(errno: reason, path: name) }
            throw JournalError(inUse: path, by: Self.holder(descriptor))
        }
        let text = Array("\(getpid())\n".utf8)
        // Without the id the lock holds all the same; only the error of others says less.
        if ftruncate(descriptor, 0) == 0 { _ = unsafe pwrite(descriptor, text, text.count, 0) }
    }

    deinit {
        // Closing alone would leave the lock with a child that is being started just now and has not closed its copy yet.
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }

    private static func trueName(of path: String) -> String {
        guard let name = unsafe realpath(path, nil) else { return path }
        defer { unsafe free(name) }
        return unsafe String(cString: name)
    }

    private static func holder(_ descriptor: Int32) -> Int32? {
        var bytes = [UInt8](repeating: 0, count: 32)
        let count = unsafe pread(descriptor, &bytes, bytes.count, 0)
        guard count > 0 else { return nil }
        return Int32(String(decoding: bytes.prefix(count).prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
    }
}

/// Opens a file, or makes it for this user's eyes alone: a journal has callback URLs in it.
func openFile(_ name: String) throws(JournalError) -> Int32 {
    let descriptor = unsafe open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw JournalError(errno: errno, path: name) }
    return descriptor
}

/// Makes sure that there is a file that can be written, with errors that say more than SQLite's.
func makeFile(_ path: String) throws(JournalError) {
    close(try openFile(path))
}
