import Synchronization

#if os(Linux)
    import CLinux
#endif
#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A file that is being written under a temporary name, and goes away unless it is published. Its methods wait for the disk.
final class PartialFile: Sendable {
    let path: String
    private let descriptor: Int32
    private let isGone = Mutex(false)

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
        discard()
    }

    /// Removes the file, unless it has its name.
    func discard() {
        let isThere = isGone.withLock { isGone in
            defer { isGone = true }
            return !isGone
        }
        if isThere { unsafe unlink(path) }
    }

    /// Removes the file, by a thread that may wait for the disk.
    func discarded() async { await BlockingWork.disk.run { self.discard() } }

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
    ///
    /// - Parameter ways: which are tried, one after the other.
    func publish(as name: String, overwrite: Bool, ways: [NewName] = NewName.allCases) throws(FileError) {
        if overwrite {
            guard unsafe rename(path, name) == 0 else { throw .current }
        } else {
            try claim(name, ways)
        }
        isGone.withLock { $0 = true }
    }

    private func claim(_ name: String, _ ways: [NewName]) throws(FileError) {
        var failure = FileError(code: ENOSYS)
        for way in ways {
            do throws(FileError) { return try way.give(name, to: path) } catch { failure = error }
            // A name that is taken is taken whichever way; of the rest a file system may know nothing.
            if failure.isExisting { break }
        }
        throw failure
    }
}

/// How a file gets a name that no other file has. The name is never taken from another file, and never stands for half a file.
enum NewName: CaseIterable {
    /// Unlike `rename`, `link` refuses a name that is taken. FAT, exFAT and many file systems over networks have no links.
    case link
    /// What Linux's `renameat2` and macOS's `renamex_np` are for. Not every file system knows it.
    case exclusiveRename
    /// The name is taken by an empty file, which the true one then replaces.
    case placeholder

    func give(_ name: String, to path: String) throws(FileError) {
        switch self {
        case .link:
            guard unsafe systemLink(path, name) == 0 else { throw .current }
            unsafe unlink(path)
        case .exclusiveRename:
            #if os(Linux)
                guard unsafe clinux_rename_new(path, name) == 0 else { throw .current }
            #else
                guard unsafe renamex_np(path, name, UInt32(RENAME_EXCL)) == 0 else { throw .current }
            #endif
        case .placeholder:
            let descriptor = unsafe open(name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o666)
            guard descriptor >= 0 else { throw .current }
            close(descriptor)
            guard unsafe rename(path, name) == 0 else {
                let failure = FileError.current
                unsafe unlink(name)
                throw failure
            }
        }
    }
}

// The case above hides the function of the same name.
private let systemLink = unsafe link
