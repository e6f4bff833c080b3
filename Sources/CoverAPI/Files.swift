#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Why the system refused to do something with a file.
struct FileError: Error {
    let code: Int32

    static var current: FileError { FileError(code: errno) }

    /// The system's words, as in `No such file or directory`.
    var reason: String { unsafe String(cString: strerror(code)) }
    var isExisting: Bool { code == EEXIST }
}

/// The first `limit` bytes of a file.
func readFile(_ path: String, limit: Int) throws(FileError) -> [UInt8] {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .current }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: limit)
    var count = 0
    while count < limit {
        let received = unsafe bytes.withUnsafeMutableBytes { buffer in
            unsafe read(descriptor, buffer.baseAddress?.advanced(by: count), limit - count)
        }
        if received < 0, errno == EINTR { continue }
        guard received >= 0 else { throw .current }
        if received == 0 { break }
        count += received
    }
    return Array(bytes.prefix(count))
}

/// Makes a directory and those above it, where they are missing.
func makeDirectories(_ path: String) throws(FileError) {
    if unsafe mkdir(path, 0o777) == 0 || errno == EEXIST { return }
    guard errno == ENOENT, let slash = path.dropLast().lastIndex(of: "/"), slash > path.startIndex else {
        throw .current
    }
    try makeDirectories(String(path[..<slash]))
    guard unsafe mkdir(path, 0o777) == 0 || errno == EEXIST else { throw .current }
}

/// Whether something of this name exists, a dangling link included.
func fileExists(_ path: String) -> Bool {
    var information = stat()
    return unsafe lstat(path, &information) == 0
}

/// A file that is being written under a temporary name, and goes away unless it is published.
final class PartialFile {
    private let path: String
    private var descriptor: Int32
    private var isPublished = false

    /// - Parameter path: must not exist yet; it is not followed where it is a link.
    init(path: String) throws(FileError) {
        self.path = path
        descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw .current }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
        if !isPublished { unsafe unlink(path) }
    }

    func write(_ bytes: [UInt8]) throws(FileError) {
        var offset = 0
        while offset < bytes.count {
            let written = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Self.write(descriptor, buffer[offset...])
            }
            if written < 0, errno == EINTR { continue }
            guard written >= 0 else { throw .current }
            offset += written
        }
    }

    private static func write(_ descriptor: Int32, _ bytes: Slice<UnsafeRawBufferPointer>) -> Int {
        let buffer = unsafe UnsafeRawBufferPointer(rebasing: bytes)
        #if canImport(Glibc)
            return unsafe Glibc.write(descriptor, buffer.baseAddress, buffer.count)
        #elseif canImport(Musl)
            return unsafe Musl.write(descriptor, buffer.baseAddress, buffer.count)
        #else
            return unsafe Darwin.write(descriptor, buffer.baseAddress, buffer.count)
        #endif
    }

    /// Writes everything down to the disk and closes the file.
    func finish() throws(FileError) {
        let isWritten = fsync(descriptor) == 0
        let cause = FileError.current
        let isClosed = close(descriptor) == 0
        descriptor = -1
        guard isWritten else { throw cause }
        guard isClosed else { throw .current }
    }

    /// Gives the file its name, at once and whole. Without `overwrite` an existing file stays, and the error says that it exists.
    func publish(as name: String, overwrite: Bool) throws(FileError) {
        if overwrite {
            guard unsafe rename(path, name) == 0 else { throw .current }
        } else {
            // Unlike rename, link refuses a name that is taken.
            guard unsafe link(path, name) == 0 else { throw .current }
            unsafe unlink(path)
        }
        isPublished = true
    }
}
