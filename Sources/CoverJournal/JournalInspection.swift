package import CoverModel
import CoverWatch
import SQLite

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The content of a journal, read without changing it. Opening a journal migrates and prunes it, so this opens a copy.
package struct JournalInspection: Sendable {
    package let openWatches: Int
    package let lastSequence: Int64

    /// Inspects a journal.
    ///
    /// - Parameters:
    ///   - path: the journal.
    ///   - folder: an empty folder for the copy.
    /// - Throws: ``JournalError``, the same error that opening the journal would throw.
    package init(of path: String, copyInto folder: String, timeline: Timeline) throws {
        // Messages name the files beside the journal without links.
        let copy = DatabaseFile.realName(of: folder + "/journal")
        let file = try JournalFile(path: path)
        try FileLock.check(file)
        for end in ["", "-wal"] { try Self.copy(file.trueName + end, to: copy + end, isOptional: !end.isEmpty) }
        do {
            let journal = try SQLiteJournal(path: copy, timeline: timeline)
            openWatches = try journal.restore().count
            lastSequence = journal.info.lastSequence
            journal.close()
        } catch var error as JournalError {
            error.message = error.message.replacing(copy, with: path)
            throw error
        }
    }

    private static func copy(_ source: String, to target: String, isOptional: Bool) throws(JournalError) {
        let input = unsafe open(source, O_RDONLY | O_CLOEXEC)
        if input < 0, isOptional, errno == ENOENT { return }
        guard input >= 0 else { throw JournalError(errno: errno, path: source) }
        defer { close(input) }
        let output = try openFile(target)
        defer { close(output) }
        var buffer = [UInt8](repeating: 0, count: 1 << 18)
        var hasBegun = false
        while true {
            let count = unsafe read(input, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw JournalError(errno: errno, path: source) }
            guard count > 0 else { return }
            guard unsafe write(output, buffer, count) == count else { throw JournalError(errno: errno, path: target) }
            // If the first bytes are not those of a database, the copy stops, because the file may be large.
            if !isOptional, !hasBegun, !buffer.starts(with: "SQLite format 3".utf8) { return }
            hasBegun = true
        }
    }
}
