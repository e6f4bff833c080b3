#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// An exclusive lock on one byte of a database's file, in the page that SQLite reserves for locks. It lies behind the
/// bytes that SQLite itself locks (<https://sqlite.org/lockingv3.html>).
///
/// The lock belongs to the open file, and not to the process. So a second journal in the same process meets it too.
final class RangeLock: Sendable {
    /// `F_OFD_GETLK` and `F_OFD_SETLK`, which Swift does not import.
    #if os(Linux)
        private static let (getting, setting): (Int32, Int32) = (36, 37)
    #else
        private static let (getting, setting): (Int32, Int32) = (92, 90)
    #endif
    private static let pending: off_t = 0x4000_0000
    private static let shared = (start: pending + 2, count: off_t(510))

    private let descriptor: Int32

    /// Takes the lock, and does not wait.
    ///
    /// - Parameter descriptor: of the open database. It is closed with this object, or if the lock is not taken. Closing
    ///   it releases SQLite's locks of this process, so the database is closed first.
    init?(_ descriptor: Int32) {
        // Where the file system has no locks, SQLite reports it.
        guard Self.set(F_WRLCK, descriptor) || errno != EAGAIN && errno != EACCES else {
            close(descriptor)
            return nil
        }
        self.descriptor = descriptor
    }

    /// Whether the lock is free. The check changes nothing.
    static func isFree(_ descriptor: Int32) -> Bool {
        var region = region(F_WRLCK, from: pending + 512, count: 1)
        return unsafe fcntl(descriptor, getting, &region) != 0 || region.l_type == Int16(F_UNLCK)
    }

    /// The process that has the database open; nil if that is unknown. SQLite's own locks belong to a process.
    static func user(of descriptor: Int32) -> Int32? {
        var region = region(F_WRLCK, from: shared.start, count: shared.count)
        guard unsafe fcntl(descriptor, F_GETLK, &region) == 0, region.l_type != Int16(F_UNLCK), region.l_pid > 0 else {
            return nil
        }
        return region.l_pid
    }

    /// Whether the open file has no name any more.
    var isOrphaned: Bool {
        var information = stat()
        return unsafe fstat(descriptor, &information) == 0 && information.st_nlink == 0
    }

    deinit {
        _ = Self.set(F_UNLCK, descriptor)
        close(descriptor)
    }

    private static func set(_ kind: Int32, _ descriptor: Int32) -> Bool {
        var region = region(kind, from: pending + 512, count: 1)
        return unsafe fcntl(descriptor, setting, &region) == 0
    }

    private static func region(_ kind: Int32, from start: off_t, count: off_t) -> flock {
        var region = flock()
        region.l_type = Int16(kind)
        region.l_whence = Int16(SEEK_SET)
        region.l_start = start
        region.l_len = count
        return region
    }
}
