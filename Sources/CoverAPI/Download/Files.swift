import CoverModel

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Why the system refused an operation on a file.
package struct FileError: Error {
    let code: Int32

    package init(code: Int32) { self.code = code }

    package static var current: FileError { FileError(code: errno) }
    /// A file that is read has more bytes than are allowed.
    package static let tooLarge = FileError(code: EMSGSIZE)
    /// An open file is no longer at its path.
    package static let moved = FileError(code: ESTALE)

    /// The reason in words, mostly the system's own, as in `No such file or directory`.
    package var reason: String {
        switch code {
        case ETIMEDOUT: "nothing came through the pipe in time"
        case ENODEV: "it is neither a file nor a pipe"
        case ENXIO: "nothing reads the pipe"
        case EMSGSIZE: "it is too large"
        case ESTALE: "the file was deleted or moved"
        case EFBIG: "the limit for the size of a file is too low (ulimit -f)"
        default: unsafe String(cString: strerror(code))
        }
    }
    var isExisting: Bool { code == EEXIST }
    /// Whether nothing reads the pipe, or it is no pipe but a socket.
    package var isWithoutReader: Bool { code == ENXIO }
}

/// How long to wait for the content of a pipe.
package let pipePatience = Duration.seconds(10)

/// Reads the first `limit` bytes of a file that a user names: a regular file, or a pipe such as the shell's
/// `<(command)`. The function blocks. For a pipe, it blocks no longer than `patience`.
///
/// - Parameter isEnoughOfPipe: whether the content of a pipe so far is all that is needed.
package func readFile(
    _ path: String,
    limit: Int,
    patience: Duration = pipePatience,
    isEnoughOfPipe: ([UInt8]) -> Bool = { _ in false }
) throws(FileError) -> [UInt8] {
    // Opening in non-blocking mode does not wait for the writer of a pipe.
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    guard descriptor >= 0 else { throw .current }
    defer { close(descriptor) }
    var information = stat()
    guard unsafe fstat(descriptor, &information) == 0 else { throw .current }
    let kind = information.st_mode & S_IFMT
    switch kind {
    case S_IFREG, S_IFIFO: break
    case S_IFDIR: throw FileError(code: EISDIR)
    default: throw FileError(code: ENODEV)
    }
    let end = ContinuousClock.now + patience
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: min(limit, kind == S_IFREG ? 65_536 : 4096))
    while bytes.count < limit {
        var event = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        let rest = max(.zero, end - ContinuousClock.now).wholeMilliseconds
        let ready = unsafe poll(&event, 1, Int32(clamping: rest))
        if ready < 0, errno == EINTR { continue }
        guard ready != 0 else { throw FileError(code: ETIMEDOUT) }
        let count = unsafe read(descriptor, &buffer, min(buffer.count, limit - bytes.count))
        if count < 0, errno == EINTR || errno == EAGAIN { continue }
        guard count >= 0 else { throw .current }
        if count == 0 { break }
        bytes += buffer.prefix(count)
        if kind == S_IFIFO, isEnoughOfPipe(bytes) { break }
    }
    return bytes
}

/// A path that does not depend on the working directory. It is not normalized. If the name of the working directory is
/// no text, the path stays relative, because a repaired name would be the name of another folder.
package func absolutePath(_ path: String) -> String {
    guard !path.hasPrefix("/"), let here = unsafe getcwd(nil, 0) else { return path }
    defer { unsafe free(here) }
    return unsafe String(validatingCString: here).map { $0 + "/" + path } ?? path
}

/// Creates a directory and the missing directories above it: all of them or none. Returns those that were missing.
func createFolders(_ path: String) throws(FileError) -> [String] {
    if unsafe mkdir(path, 0o777) == 0 { return [path] }
    if errno == EEXIST { return [] }
    // The path is split by bytes: to Swift, a slash with a combining mark is one character, but the system still splits
    // there.
    guard errno == ENOENT, let slash = path.utf8.dropLast().lastIndex(of: UInt8(ascii: "/")), slash > path.startIndex
    else {
        throw .current
    }
    let above = try createFolders(String(path[..<slash]))
    if unsafe mkdir(path, 0o777) == 0 { return above + [path] }
    let error = FileError.current
    if error.isExisting { return above }
    removeFolders(above)
    throw error
}

/// Removes those folders that are empty, the inner ones first.
func removeFolders(_ paths: some Collection<String>) {
    for path in paths.sorted(by: { $0.utf8.count > $1.utf8.count }) { unsafe rmdir(path) }
}

/// Throws if the path is no directory, or one in which no file can be created.
func checkWritable(_ directory: String) throws(FileError) {
    guard unsafe access(directory + "/.", W_OK | X_OK) == 0 else { throw .current }
}

/// Whether a folder has this name.
func isFolder(_ path: String) -> Bool {
    var information = stat()
    return unsafe lstat(path, &information) == 0 && information.st_mode & S_IFMT == S_IFDIR
}

/// Removes a file.
func removeFile(_ path: String) { unsafe unlink(path) }

/// Whether an entry of this name exists, including a dangling link.
func fileExists(_ path: String) -> Bool {
    var information = stat()
    return unsafe lstat(path, &information) == 0
}
