import CoverAPI
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The file that a session is recorded into. Until the recording begins, an older recording stays, and a new file is
/// removed again.
package final class RecordingFile: Sendable {
    /// The text at the start of each recording. A file that does not start with this text is not overwritten.
    static let title = "A session of cover-bridge"

    let path: String
    private let descriptor: Int32
    /// Whether this is a file on a disk, and no pipe or device.
    private let isRegular: Bool
    /// Whether this process has created the file, and nothing was recorded yet.
    private let isUnused: Mutex<Bool>

    /// - Throws: ``RecordingError`` if the file cannot be written, or if it exists and is no recording.
    package init(path: String) throws(RecordingError) {
        self.path = path
        // If the file is a pipe, opening it in non-blocking mode does not wait for a reader. After the opening, the
        // mode is set back, so that writes block.
        let flags = O_WRONLY | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY
        let created = unsafe open(path, flags | O_EXCL, 0o600)
        isUnused = Mutex(created >= 0)
        descriptor = created >= 0 ? created : unsafe open(path, flags, 0o600)
        var information = stat()
        // A refused file is not examined, so that the reason stays in errno.
        isRegular =
            unsafe (descriptor >= 0 && fstat(descriptor, &information) == 0) && information.st_mode & S_IFMT == S_IFREG
        guard descriptor >= 0 else {
            var error = FileError.current
            // A socket cannot be opened either.
            if error.isWithoutReader, unsafe stat(path, &information) == 0, information.st_mode & S_IFMT != S_IFIFO {
                error = FileError(code: ENODEV)
            }
            throw refusal(error.reason)
        }
        if FileIdentity(descriptor)?.isStandardInput == true {
            // The session would read what it writes, without end.
            throw refusal("the requests come from it")
        }
        // Each bridge writes at a position of its own, so two of them would overwrite each other's lines. A disk without
        // locks is no reason to refuse the file.
        if isRegular, flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK {
            throw refusal("another bridge records into it")
        }
        if isRegular, information.st_size > 0 {
            let start = Array(#"{"note":"\#(Self.title)"#.utf8)
            guard (try? readFile(path, limit: start.count)) == start else {
                throw refusal("it has other content than a recording, and stays as it is")
            }
        }
        guard fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) & ~O_NONBLOCK) == 0 else {
            throw refusal(FileError.current.reason)
        }
    }

    deinit {
        if isUnused.withLock(\.self) { unsafe unlink(path) }
        guard descriptor >= 0 else { return }
        // Closing alone would leave the lock with a child process that is just starting.
        if isRegular { flock(descriptor, LOCK_UN) }
        close(descriptor)
    }

    /// Empties an older recording.
    func begin() {
        isUnused.withLock { $0 = false }
        // This fails for a pipe, which has nothing to empty.
        ftruncate(descriptor, 0)
    }

    /// Writes one whole line, or nothing. After a fault, such as a full disk, the file ends with the last whole line.
    func append(_ line: [UInt8]) throws(FileError) {
        guard !isRegular || hasName else { throw .moved }
        var rest = line[...]
        let start = lseek(descriptor, 0, SEEK_CUR)
        while !rest.isEmpty {
            let written = unsafe rest.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else {
                let fault = FileError.current
                // An incomplete line is removed from a file. A pipe has no position, so its bytes cannot be removed.
                if start >= 0 { ftruncate(descriptor, start) }
                throw fault
            }
            rest = rest.dropFirst(written)
        }
    }

    /// Whether the file is still at its path. A program that rotates logs may have moved it.
    private var hasName: Bool {
        FileIdentity(path).map { $0 == FileIdentity(descriptor) } ?? false
    }

    private func refusal(_ reason: String) -> RecordingError {
        RecordingError(message: "cannot record into \(path): \(reason). Name another file.")
    }
}
