#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The properties of a regular file that change when it is written or replaced.
struct FileState: Sendable, Hashable {
    private let device: UInt64
    private let number: UInt64
    /// The length, in bytes.
    let size: Int64
    private let seconds: Int
    private let nanoseconds: Int

    /// Returns nil if there is no such file, or if it is not a regular one.
    init?(of path: String) {
        var information = stat()
        guard unsafe stat(path, &information) == 0, information.st_mode & S_IFMT == S_IFREG else { return nil }
        device = UInt64(truncatingIfNeeded: information.st_dev)
        number = UInt64(information.st_ino)
        size = Int64(information.st_size)
        #if os(Linux)
            (seconds, nanoseconds) = (information.st_mtim.tv_sec, information.st_mtim.tv_nsec)
        #else
            (seconds, nanoseconds) = (information.st_mtimespec.tv_sec, information.st_mtimespec.tv_nsec)
        #endif
    }
}
