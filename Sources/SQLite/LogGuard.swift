internal import CSQLite

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Notices that another program has cut the log of a database, or the file `-shm` with the index of the log.
///
/// SQLite itself does not notice this. It would write behind the end of the log, so that a gap stays where commits were.
/// An access behind the end of the index would kill the process (SIGBUS).
///
/// SQLite has no call for this, so the guard writes to the index, but only one thing: it empties the head. That is the
/// state of a new index, in which every process that comes next takes the lock of a writer and builds the index again
/// from the log. It is safe for these reasons:
///
/// - The guard has the locks of a writer and of a checkpoint, so nothing else changes the log, the index or the database.
///   A reader that meets an empty head waits for the lock of the writer.
/// - The numbers in the head have the byte order of the machine, and only processes of this machine share the index.
/// - The steps have an order in which the guard may die after each. A log that is older than the database is emptied
///   while the head still shows it as cut. A head is emptied before a cut index is long enough to look whole.
struct LogGuard {
    /// The size of the pieces in which SQLite extends the index (<https://sqlite.org/walformat.html>).
    private static let piece = 32_768
    /// How often to try to get the lock of a writer, with a millisecond between two tries.
    private static let tries = 200

    private var log: OpenedFile
    private var index: OpenedFile
    /// The largest size of the index so far. Only another program makes it smaller.
    private var indexSize = piece
    /// The last head of the index that was seen.
    private var lastHead: Head?

    /// - Parameter path: the path of the database.
    init(path: String) {
        log = OpenedFile(path: DatabaseFile.logName(of: path))
        index = OpenedFile(path: DatabaseFile.realName(of: path) + "-shm")
    }

    /// Notes the state of the index. Call this after each transaction.
    @unsafe mutating func note(_ connection: OpaquePointer?) {
        log.identify()
        index.identify()
        guard let size = index.size, size >= indexSize, let start = unsafe csqlite_log_index(connection)
        else { return }
        indexSize = size
        lastHead = unsafe Head(start)
    }

    /// Makes a cut log and a cut index usable again. Call this between two transactions.
    ///
    /// If only the index was cut, nothing is lost: SQLite builds it again from the log.
    ///
    /// - Returns: whether commits were lost. Then the database has an earlier state.
    /// - Throws: ``SQLiteError`` if another process is in the midst of a change.
    @unsafe mutating func mend(_ connection: OpaquePointer?) throws(SQLiteError) -> Bool {
        if unsafe isWhole(connection) { return false }
        try unsafe Self.lock(connection)
        defer { _ = unsafe csqlite_lock_log(connection, 0) }
        // Another process may have mended the files in the meantime.
        if unsafe isWhole(connection) { return false }
        // An index without any byte has no page in memory. A longer one has the page with the head.
        let start = unsafe index.size == 0 ? nil : csqlite_log_index(connection)
        var head = lastHead
        if let start = unsafe start, index.size.map({ $0 >= Head.sizeWithCopied }) ?? true { head = unsafe Head(start) }
        var isLoss = false
        if let head, let size = log.size, size < head.logSize {
            let left = head.frames(in: size)
            // The database has newer pages than such a log.
            if left < head.copiedFrames { _ = unsafe truncate(log.path, 0) }
            isLoss = max(left, head.copiedFrames) < head.frames
        }
        if let start = unsafe start {
            unsafe start.initializeMemory(as: UInt8.self, repeating: 0, count: Head.size)
        }
        if isIndexCut, unsafe truncate(index.path, indexSize) != 0 {
            throw SQLiteError(extendedCode: SQLITE_IOERR, message: "the file -shm was cut", systemCode: errno)
        }
        lastHead = nil
        return isLoss
    }

    private var isIndexCut: Bool { index.size.map { $0 < indexSize } ?? false }

    /// Whether neither file was cut.
    private func isWhole(_ connection: OpaquePointer?) -> Bool {
        if isIndexCut { return false }
        // The size is read before the head. So a checkpoint of another process, which empties the head first and the log
        // second, is no cut. A commit of another process changes both, so the comparison is repeated.
        for _ in 0..<3 {
            guard let size = log.size, let start = unsafe csqlite_log_index(connection) else { return true }
            if unsafe Head(start).logSize <= size { return true }
        }
        return false
    }

    private static func lock(_ connection: OpaquePointer?) throws(SQLiteError) {
        for _ in 0..<tries {
            if unsafe csqlite_lock_log(connection, 1) == SQLITE_OK { return }
            usleep(1000)
        }
        throw SQLiteError(extendedCode: SQLITE_BUSY, message: "the log is being written")
    }

    /// A file beside the database.
    private struct OpenedFile {
        let path: String
        private var identity: FileIdentity?

        init(path: String) { self.path = path }

        /// Remembers the file that SQLite has opened.
        mutating func identify() { if identity == nil { identity = FileIdentity(of: path) } }

        /// The size of the file; nil if the file was deleted or replaced. The owner of the database notices that.
        var size: Int? {
            var information = stat()
            guard unsafe stat(path, &information) == 0, identity == nil || FileIdentity(information) == identity
            else { return nil }
            return Int(information.st_size)
        }
    }

    /// The head of the index.
    private struct Head: Sendable {
        /// Two copies of 48 bytes. What follows them has a meaning of its own.
        static let size = 96
        /// With the number of frames that the database has.
        static let sizeWithCopied = 100
        private static let logHead = 32
        private static let frameHead = 24

        /// The number of frames in the log that belong to commits.
        let frames: Int
        /// How many of them the database has already.
        let copiedFrames: Int
        private let frameSize: Int

        init(_ start: UnsafeMutableRawPointer) {
            let page = Int(unsafe start.load(fromByteOffset: 14, as: UInt16.self))
            // SQLite stores the size 65536 as 1.
            frameSize = Self.frameHead + (page & 0xFE00) + (page & 1) << 16
            frames = Int(unsafe start.load(fromByteOffset: 16, as: UInt32.self))
            copiedFrames = Int(unsafe start.load(fromByteOffset: Self.size, as: UInt32.self))
        }

        /// The size that the log has at least.
        var logSize: Int { frames == 0 ? 0 : Self.logHead + frames * frameSize }

        /// How many whole frames a log of this size has.
        func frames(in size: Int) -> Int { max(0, size - Self.logHead) / frameSize }
    }
}
