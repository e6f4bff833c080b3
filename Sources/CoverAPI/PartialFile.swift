import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A file that is being written under a temporary name, and goes away unless it is published.
final class PartialFile: Sendable {
    let path: String
    private let descriptor: Int32
    private let isPublished = Mutex(false)

    /// - Parameter path: must not exist yet; it is not followed where it is a link.
    init(path: String) throws(FileError) {
        // Checked before all members are set: otherwise the deinit would run, and remove a file that is not ours.
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw .current }
        self.path = path
        self.descriptor = descriptor
    }

    deinit {
        close(descriptor)
        if !isPublished.withLock({ $0 }) { unsafe unlink(path) }
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

    /// Sees to it that everything is on the disk.
    func synchronize() throws(FileError) {
        guard fsync(descriptor) == 0 else { throw .current }
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
        isPublished.withLock { $0 = true }
    }
}
