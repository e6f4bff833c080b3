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

/// The file of a download. The file has a temporary name while it is written, and then gets its final name in one step.
/// If it never gets its final name, it is removed, with the folders that were created for it. The methods block while
/// the disk works.
final class PartialFile: Sendable {
    let path: String
    private let descriptor: Int32
    private let isGone = Mutex(false)
    /// Whether the temporary name has the file that this file has replaced.
    private let hasFormer = Mutex(false)

    /// The files of this process that have a temporary name; nil once the process ends.
    fileprivate static let unpublished = Mutex<UnpublishedFiles?>(UnpublishedFiles())

    /// - Parameter path: the temporary path. No file or link of this name may exist. Missing folders are created.
    init(path: String) throws(FileError) {
        // This check comes before all members are set. Otherwise `deinit` would run and remove a file of another
        // program.
        let (descriptor, folders) = try Self.create(path)
        self.path = path
        self.descriptor = descriptor
        let isEnding = Self.unpublished.withLock { $0?.insert(path, folders) == nil }
        // The process is ending, and has removed its other incomplete files already. A new file would stay behind.
        guard isEnding else { return }
        discard()
        CoverAPI.removeFolders(folders)
        throw FileError(code: ECANCELED)
    }

    /// Creates the file and the missing folders on the way to it, and returns these folders.
    private static func create(_ path: String) throws(FileError) -> (descriptor: Int32, folders: [String]) {
        let folder = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(path[...$0]) }
        var tries = 1
        while true {
            let folders = try folder.map(createFolders) ?? []
            let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o666)
            if descriptor >= 0 { return (descriptor, folders) }
            let error = FileError.current
            CoverAPI.removeFolders(folders)
            // Another download that failed may have removed the folder just now.
            guard error.code == ENOENT, tries < 3 else { throw error }
            tries += 1
        }
    }

    deinit {
        close(descriptor)
        discard()
    }

    /// Removes the file, unless it has its final name.
    func discard() {
        let isThere = isGone.withLock { isGone in
            defer { isGone = true }
            return !isGone
        }
        guard isThere else { return }
        unsafe unlink(path)
        removeFolders(Self.unpublished.withLock { $0?.remove(path) } ?? [])
    }

    /// Keeps the folders that were created for this file, because they have the images of a task now.
    func keepFolders() { Self.unpublished.withLock { $0?.keepFolders(of: path) } }

    /// Removes the file on a thread that may block.
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

    /// Makes sure that everything is on the disk.
    func synchronize() throws(FileError) {
        guard fsync(descriptor) == 0 else { throw .current }
    }

    /// Gives the file its final name in one step. Without `overwrite`, an existing file stays, and the error says that
    /// it exists.
    ///
    /// - Parameters:
    ///   - name: the final path.
    ///   - overwrite: whether an existing file is replaced.
    ///   - ways: the methods to try, in order.
    func publish(as name: String, overwrite: Bool, ways: [NewName] = NewName.allCases) throws(FileError) {
        if overwrite {
            if try replace(name) { return }
        } else {
            try claim(name, ways)
        }
        isGone.withLock { $0 = true }
        Self.unpublished.withLock { $0?.forget(path) }
    }

    /// Replaces the file that has the name, if there is one.
    ///
    /// - Returns: whether the replaced file is kept under the temporary name, until ``discard()``.
    private func replace(_ name: String) throws(FileError) -> Bool {
        #if os(Linux)
            // Not every file system can exchange names.
            if unsafe clinux_rename_exchange(path, name) == 0 {
                hasFormer.withLock { $0 = true }
                return true
            }
        #endif
        guard unsafe rename(path, name) == 0 else { throw .current }
        return false
    }

    /// Takes back ``publish(as:overwrite:ways:)``, because another image of the task cannot get its name. A replaced file
    /// comes back if the file system has kept it.
    ///
    /// - Parameter isNew: whether nothing had the name before.
    func withdraw(from name: String, isNew: Bool) {
        #if os(Linux)
            if hasFormer.withLock({ $0 }) {
                unsafe _ = clinux_rename_exchange(path, name)
                return discard()
            }
        #endif
        if isNew { removeFile(name) }
    }

    private func claim(_ name: String, _ ways: [NewName]) throws(FileError) {
        var failure = FileError(code: ENOSYS)
        for way in ways {
            do throws(FileError) { return try way.give(name, to: path) } catch { failure = error }
            // If the name is taken, every other method would fail too. Other errors may mean that the file system does
            // not support the method.
            if failure.isExisting { break }
        }
        throw failure
    }
}

/// Whether downloads have files that are not complete.
package var hasUnfinishedDownloads: Bool { PartialFile.unpublished.withLock { $0?.files.isEmpty == false } }

/// Removes the incomplete files of all downloads, and prevents further downloads. Call this when the process ends: a
/// cancelled download may have no time left to remove its own file. The method blocks while the disk works.
package func discardUnfinishedDownloads() {
    let unpublished = PartialFile.unpublished.withLock { unpublished in
        defer { unpublished = nil }
        return unpublished ?? UnpublishedFiles()
    }
    for path in unpublished.files { unsafe unlink(path) }
    removeFolders(unpublished.folders)
}

/// The methods of giving a file a new name. None of them replaces another file or shows half a file.
enum NewName: CaseIterable {
    /// Unlike `rename`, `link` refuses a name that is taken. FAT, exFAT and many network file systems have no links.
    case link
    /// `renameat2` of Linux and `renamex_np` of macOS. Not every file system supports this call.
    case exclusiveRename
    /// An empty file reserves the name, and the real file then replaces it.
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

// The case above hides the system function of the same name.
private let systemLink = unsafe link
