import CSQLite
import CoverModel
import CoverWatch
import Foundation
import SQLite
import TestSupport
import Testing

@testable import CoverJournal

/// Tests what a journal requires of its file, and what the journal does if the file changes.
@Suite struct JournalFileTests {
    private func refusal(_ path: String) throws -> JournalError {
        try #require(throws: JournalError.self) { try SQLiteJournal(path: path, timeline: ManualClock().timeline()) }
    }

    @Test func aCopyOfTheFileIsCompleteAfterACleanEnd() async throws {
        let folder = try Folder()
        let journal = try folder.journal()
        try await journal.commit([.watched("a"), .watched("b"), .changed(1, "a", .succeeded)])
        journal.close()
        journal.close()
        try FileManager.default.copyItem(atPath: folder.file("journal"), toPath: folder.file("copy"))
        let copy = try folder.journal("copy")
        #expect(copy.info.lastSequence == 1)
        #expect(try copy.restore().map(\.taskId) == ["b"])
        await #expect(throws: CancellationError.self) { try await journal.commit([.watched("c")]) }
    }

    /// At a clean end, SQLite moves the log into the file only if no other connection is open. The journal must also do
    /// so while a tool has the file open.
    @Test func aFileThatAnotherToolHasOpenIsCompleteAfterACleanEnd() async throws {
        let folder = try Folder()
        let journal = try folder.journal()
        try await journal.commit([.watched("b"), .changed(1, "a", .succeeded)])
        let reader = try folder.connection("journal")
        try reader.execute("SELECT count(*) FROM entry")
        journal.close()
        try FileManager.default.copyItem(atPath: folder.file("journal"), toPath: folder.file("copy"))
        try reader.execute("SELECT count(*) FROM entry")
        let copy = try folder.journal("copy")
        #expect(copy.info.lastSequence == 1)
        #expect(try copy.restore().map(\.taskId) == ["b"])
    }

    /// A tool that reads the file must not delay the end of the journal. In this case the log file stays, and no data
    /// is lost.
    @Test func aReaderDoesNotDelayTheEnd() async throws {
        let folder = try Folder()
        do {
            let journal = try folder.journal()
            try await journal.commit([.changed(1, "a", .pending)])
            let reader = try folder.connection("journal")
            let started = ContinuousClock.now
            try reader.execute("BEGIN; SELECT count(*) FROM entry")
            journal.close()
            try reader.execute("COMMIT")
            #expect(ContinuousClock.now - started < .seconds(4))
        }
        #expect(try folder.journal().info.lastSequence == 1)
    }

    @Test(arguments: [":memory:", "file:journal", "file::memory:?cache=shared", ""])
    func namesThatAreNoPathsForSQLite(_ name: String) throws {
        let error = try refusal(name)
        #expect(error.kind == .unavailable)
        #expect(error.message.contains("Leave --journal out to keep nothing, or name a file"))
        #expect(!FileManager.default.fileExists(atPath: name))
    }

    @Test(arguments: ["/dev/null", "fifo"]) func placesWithoutARegularFile(_ name: String) throws {
        let folder = try Folder()
        let path = name.hasPrefix("/") ? name : folder.file(name)
        if !name.hasPrefix("/") { unsafe mkfifo(path, 0o600) }
        #expect(try refusal(path).message == "Cannot use \(path) as a journal: it is no regular file. Name another.")
    }

    @Test func aFileOfTwoNamesIsRefused() async throws {
        let folder = try Folder()
        _ = try folder.journal()
        try FileManager.default.linkItem(atPath: folder.file("journal"), toPath: folder.file("other"))
        for name in ["journal", "other"] {
            let error = try refusal(folder.file(name))
            #expect(error.message.contains("has 2 names (hard links)"))
        }
        try FileManager.default.removeItem(atPath: folder.file("other"))
        #expect(throws: Never.self) { try folder.journal() }
    }

    @Test(arguments: ["journal", "journal-wal"], [true, false])
    func aDeletedFileIsNoticed(_ name: String, isReplaced: Bool) async throws {
        let folder = try Folder()
        let journal = try folder.journal()
        try await journal.commit([.changed(1, "a", .pending)])
        try FileManager.default.removeItem(atPath: folder.file(name))
        if isReplaced { try folder.write("", to: name) }
        let error = await #expect(throws: JournalError.self) {
            try await journal.commit([.changed(2, "a", .succeeded)])
        }
        let words =
            "\(name) \(name == "journal" ? "" : "of the journal \(folder.file("journal")) ")was deleted, replaced or emptied"
        #expect(error?.message.contains(words) == true)
        #expect(journal.info.lastSequence == 1)
    }

    /// The log belongs to the new file then.
    @Test func aFileThatIsReplacedByItsCopyLosesNothing() async throws {
        let folder = try Folder()
        let journal = try folder.journal()
        try await journal.commit([.watched("b"), .changed(1, "a", .pending)])
        try FileManager.default.copyItem(atPath: folder.file("journal"), toPath: folder.file("copy"))
        #expect(unsafe rename(folder.file("copy"), folder.file("journal")) == 0)
        await #expect(throws: JournalError.self) { try await journal.commit([.changed(2, "a", .generating)]) }
        journal.close()
        let later = try folder.reopened()
        #expect(later.info.lastSequence >= 1)
        #expect(try later.restore().map(\.taskId) == ["b"])
    }

    @Test func anEmptiedFileIsNoticed() async throws {
        let folder = try Folder()
        let journal = try folder.journal()
        try await journal.commit([.changed(1, "a", .pending)])
        try folder.write("", to: "journal")
        let error = await #expect(throws: JournalError.self) {
            try await journal.commit([.changed(2, "a", .succeeded)])
        }
        #expect(error?.message.contains("was deleted, replaced or emptied while it was in use") == true)
    }

    /// SQLite would delete the log beside such a file, and the log may hold changes.
    @Test(arguments: ["", "no database", String(repeating: "no database ", count: 1000)])
    func aDamagedFileBesideItsLogIsLeftAsItIs(_ text: String) throws {
        let folder = try Folder()
        try folder.write(text, to: "journal")
        try folder.write("changes", to: "journal-wal")
        let error = try refusal(folder.file("journal"))
        #expect(error.kind == .corrupt)
        #expect(error.message.contains("is damaged: its start is missing. Its log "))
        #expect(try String(contentsOfFile: folder.file("journal-wal"), encoding: .utf8) == "changes")
        #expect(try String(contentsOfFile: folder.file("journal"), encoding: .utf8) == text)
    }

    @Test func aFileOfAnotherProgramIsCalledSo() throws {
        let folder = try Folder()
        try folder.write("my notes, which are no journal", to: "journal")
        try folder.write("", to: "journal-wal")
        #expect(try refusal(folder.file("journal")).kind == .foreign)
    }

    /// Older versions stored such times, and clients cannot read them.
    @Test func aTimeAfterTheYear9999IsReadAsNull() async throws {
        let folder = try Folder()
        do {
            let journal = try folder.journal()
            try await journal.commit([.watched("a"), .changed(1, "a", .pending)])
            journal.close()
        }
        let tool = try folder.connection("journal")
        let (known, late) = (#""expiresAt":null"#, #""expiresAt":"10000-01-09T00:00:00.000Z""#)
        try tool.run("UPDATE entry SET json = replace(json, ?, ?)", .text(known), .text(late))
        try tool.run("UPDATE watch SET last = replace(last, ?, ?)", .text(known), .text(late))
        #expect(try tool.texts("SELECT json FROM entry").first?.contains(late) == true)
        #expect(try tool.texts("SELECT last FROM watch").first?.contains(late) == true)
        let later = try folder.journal()
        let entries = try await later.changes(after: 0, limit: 10).entries
        guard case .changed(let change) = entries.first else {
            Issue.record("no change")
            return
        }
        #expect(change.status.expiresAt == nil)
        #expect(try later.restore().compactMap(\.last).map(\.expiresAt) == [nil])
    }

    @Test func aFileThatIsMovedBackIsAccepted() async throws {
        let folder = try Folder()
        let journal = try folder.journal()
        try FileManager.default.moveItem(atPath: folder.file("journal"), toPath: folder.file("elsewhere"))
        try FileManager.default.moveItem(atPath: folder.file("elsewhere"), toPath: folder.file("journal"))
        try await journal.commit([.changed(1, "a", .pending)])
        #expect(journal.info.lastSequence == 1)
    }

    /// For each error of SQLite, the text says what is wrong, where it is, and what to do.
    @Test(arguments: [
        (SQLITE_FULL, JournalError.Kind.diskFull, "the disk is full. Make room"),
        (SQLITE_READONLY, .readOnly, "Cannot write the journal"), (SQLITE_CANTOPEN, .readOnly, "Cannot write"),
        (1032, .unavailable, "was deleted, replaced or emptied"),
        (SQLITE_BUSY, .inUse, "is locked by another program"), (SQLITE_LOCKED, .inUse, "is locked by another"),
        (SQLITE_CORRUPT, .corrupt, "is damaged"), (SQLITE_NOTADB, .foreign, "is not a journal of cover-bridge"),
        (1034, .failed, "The disk does not read or write the journal /j (SQLite error 1034)."),
        (SQLITE_IOERR, .failed, "The disk does not read or write"), (SQLITE_NOMEM, .failed, "not enough memory"),
        (SQLITE_TOOBIG, .failed, "SQLite says 18"),
    ])
    func errorsAreInPlainWords(code: Int32, kind: JournalError.Kind, words: String) {
        let error = JournalError(SQLiteError(extendedCode: code, message: "its words"), path: "/j")
        #expect(error.kind == kind)
        #expect(error.message.contains(words) && error.message.contains("/j"))
    }
}

extension JournalFileTests {
    @Test func theLimitForTheSizeOfFilesIsNamed() {
        let error = JournalError(
            SQLiteError(extendedCode: 778, message: "disk I/O error", systemCode: EFBIG),
            path: "/j"
        )
        #expect(error.kind == .failed && error.message.contains("Raise the limit (ulimit -f)"))
    }

    /// 4874: the index of the log cannot grow. 778: a write failed.
    @Test(arguments: [(4874, ENOSPC), (778, EDQUOT)] as [(Int32, Int32)])
    func aFullDiskIsNamedWhereSQLiteHasNoCodeForIt(_ code: Int32, _ reason: Int32) {
        let error = SQLiteError(extendedCode: code, message: "disk I/O error", systemCode: reason)
        #expect(JournalError(error, path: "/j").kind == .diskFull)
    }
}

@Suite struct FileLockTests {
    /// If the lock closed its descriptor twice, the second `close` could close a descriptor that another thread has
    /// opened in the meantime.
    @Test func anUnavailableLockClosesItsDescriptorOnce() async throws {
        let folder = try Folder()
        let file = try JournalFile(path: folder.file("journal"))
        let lock = try FileLock(for: file)
        let lost = await withTaskGroup(of: Int.self) { group in
            group.addTask {
                var lost = 0
                while !Task.isCancelled {
                    let descriptor = unsafe open("/dev/null", O_RDONLY | O_CLOEXEC)
                    if fcntl(descriptor, F_GETFD) < 0 { lost += 1 }
                    if close(descriptor) != 0 { lost += 1 }
                }
                return lost
            }
            for _ in 0..<20_000 { _ = try? FileLock(for: file) }
            group.cancelAll()
            return await group.reduce(0, +)
        }
        #expect(lost == 0)
        withExtendedLifetime(lock) {}
    }

    @Test func aRemovedLockFileLetsNoSecondJournalIn() throws {
        let folder = try Folder()
        let journal = try folder.journal()
        try FileManager.default.removeItem(atPath: folder.file("journal.lock"))
        let error = #expect(throws: JournalError.self) { try folder.journal() }
        #expect(error?.kind == .inUse && error?.message.contains("is in use by another process") == true)
        #expect(throws: JournalError.self) { try FileLock.check(JournalFile(path: folder.file("journal"))) }
        #expect(!FileManager.default.fileExists(atPath: folder.file("journal.lock")))
        withExtendedLifetime(journal) {}
    }

    @Test func aLinkInPlaceOfTheLockFileIsNotFollowed() throws {
        let folder = try Folder()
        try folder.write("other work", to: "work")
        let (link, hardLink) = (folder.file("journal.lock"), folder.file("other.lock"))
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "work")
        try FileManager.default.linkItem(atPath: folder.file("work"), toPath: hardLink)
        for name in ["journal", "other"] {
            let error = try #require(throws: JournalError.self) { try folder.journal(name) }
            #expect(error.kind == .unavailable)
            #expect(error.message.contains("\(name).lock"))
        }
        #expect(try String(contentsOfFile: folder.file("work"), encoding: .utf8) == "other work")
    }
}
