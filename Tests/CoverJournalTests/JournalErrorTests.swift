import CoverModel
import CoverWatch
import Foundation
import SQLite
import TestSupport
import Testing

@testable import CoverJournal

@Suite struct JournalErrorTests {
    /// Tries to open a journal that cannot be opened, and returns the error.
    private func refusal(_ folder: Folder, _ name: String) throws -> JournalError {
        try #require(throws: JournalError.self) { try folder.journal(name) }
    }

    @Test func theErrorForASecondProcessNamesTheFirst() throws {
        let folder = try Folder()
        var journal: SQLiteJournal? = try folder.journal()
        let error = try refusal(folder, "journal")
        #expect(error.kind == .inUse)
        #expect(error.message.contains("process \(getpid())"))
        try FileManager.default.createSymbolicLink(atPath: folder.file("link"), withDestinationPath: "journal")
        #expect(try refusal(folder, "link").kind == .inUse)
        withExtendedLifetime(journal) {}
        journal = nil
        #expect(throws: Never.self) { try folder.journal() }
    }

    @Test func anAbandonedLockFileDoesNotMatter() throws {
        let folder = try Folder()
        try folder.write("999999\n", to: "journal.lock")
        #expect(throws: Never.self) { try folder.journal() }
        #expect(try String(contentsOfFile: folder.file("journal.lock"), encoding: .utf8) == "\(getpid())\n")
    }

    @Test func otherFilesAreUnchanged() throws {
        let folder = try Folder()
        let text = String(repeating: "not a database, but other work\n", count: 100)
        try folder.write(text, to: "text")
        #expect(try refusal(folder, "text").kind == .foreign)
        #expect(try String(contentsOfFile: folder.file("text"), encoding: .utf8) == text)

        try folder.connection("other").execute("CREATE TABLE theirs (a)")
        let before = try Data(contentsOf: URL(filePath: folder.file("other")))
        #expect(try refusal(folder, "other").kind == .foreign)
        #expect(try Data(contentsOf: URL(filePath: folder.file("other"))) == before)
    }

    @Test func aLaterVersionsFileIsNotTouched() throws {
        let folder = try Folder()
        _ = try folder.journal()
        try folder.connection("journal").execute("INSERT INTO grdb_migrations VALUES ('2: from the future')")
        #expect(try refusal(folder, "journal").kind == .tooNew)
    }

    @Test func damageIsNoticedAtTheStart() async throws {
        let folder = try Folder()
        do {
            let journal = try folder.journal()
            try await journal.commit((1...200).map { .changed(Int64($0), "task \($0)", .succeeded) })
        }
        let url = URL(filePath: folder.file("journal"))
        var bytes = try Data(contentsOf: url)
        for index in stride(from: 4096, to: bytes.count, by: 4096) {
            bytes.replaceSubrange(index..<index + 64, with: Data(repeating: 0xA5, count: 64))
        }
        try bytes.write(to: url)
        #expect(try refusal(folder, "journal").kind == .corrupt)
    }

    @Test func aFullDiskIsAnErrorAndNothingIsHalfWritten() async throws {
        let folder = try Folder()
        let journal = try folder.journal()
        try await journal.commit([.watched("a"), .changed(1, "a", .pending)])
        try await journal.database.run { connection in
            let pages = try connection.integers("PRAGMA page_count")
            try connection.execute("PRAGMA max_page_count = \(pages[0])")
        }
        let error = await #expect(throws: JournalError.self) {
            try await journal.commit((2...500).map { .changed(Int64($0), "task \($0)", .succeeded) })
        }
        #expect(error?.kind == .diskFull)
        #expect(try await journal.changes(after: 0, limit: 10).entries.count == 1)
    }

    @Test(arguments: ["missing/journal", "."]) func placesWhereNoJournalCanBe(_ name: String) throws {
        let folder = try Folder()
        let error = try refusal(folder, name)
        #expect(error.kind == .unavailable)
        #expect(error.message.contains(folder.path))
    }

    @Test(.enabled(if: geteuid() != 0, "root may write everywhere")) func aFolderThatMayNotBeWritten() throws {
        let folder = try Folder()
        try FileManager.default.setAttributes([.posixPermissions: 0o500], ofItemAtPath: folder.path)
        #expect(try refusal(folder, "journal").kind == .readOnly)
    }
}
