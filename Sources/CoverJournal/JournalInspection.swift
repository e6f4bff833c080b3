package import CoverModel
import CoverWatch

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What is in a journal, found out without a change to it: to open one migrates and prunes it, so that a copy is opened.
package struct JournalInspection: Sendable {
    package let openWatches: Int
    package let lastSequence: Int64

    /// - Parameter folder: an empty one, for the copy.
    /// - Throws: ``JournalError`` with the words that opening the journal would end with.
    package init(of path: String, copyInto folder: String, timeline: Timeline) throws {
        let copy = folder + "/journal"
        try FileLock.check(JournalFile(path: path))
        for suffix in ["", "-wal"] { try Self.copy(path + suffix, to: copy + suffix, isOptional: !suffix.isEmpty) }
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
            // What is no database at all is refused by its first bytes; it may be large.
            if !isOptional, !hasBegun, !buffer.starts(with: "SQLite format 3".utf8) { return }
            hasBegun = true
        }
    }
}
