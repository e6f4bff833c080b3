#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Why the system refused to do something with a file.
package struct FileError: Error {
    let code: Int32

    package init(code: Int32) { self.code = code }

    package static var current: FileError { FileError(code: errno) }

    /// The system's words, as in `No such file or directory`.
    package var reason: String { unsafe String(cString: strerror(code)) }
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
    // By bytes: a slash with a mark behind it is one character, and parts folders all the same.
    guard errno == ENOENT, let slash = path.utf8.dropLast().lastIndex(of: UInt8(ascii: "/")), slash > path.startIndex
    else {
        throw .current
    }
    try makeDirectories(String(path[..<slash]))
    guard unsafe mkdir(path, 0o777) == 0 || errno == EEXIST else { throw .current }
}

/// Refuses what is no directory, or one in which no file can be made.
func checkWritable(_ directory: String) throws(FileError) {
    guard unsafe access(directory + "/.", W_OK | X_OK) == 0 else { throw .current }
}

/// Whether something of this name exists, a dangling link included.
func fileExists(_ path: String) -> Bool {
    var information = stat()
    return unsafe lstat(path, &information) == 0
}
