import CoverModel
import CoverWatch
import Foundation
import TestSupport
import Testing

@testable import CoverJournal

/// Tests what a journal requires of the names beside its file, and that a refused journal leaves nothing behind.
@Suite struct JournalPlaceTests {
    private func refusal(_ path: String) throws -> JournalError {
        try #require(throws: JournalError.self) { try SQLiteJournal(path: path, timeline: ManualClock().timeline()) }
    }

    @Test(arguments: ["-wal", "-shm", "-journal", ".lock"], [true, false])
    func whatIsInTheWayOfAFileBesideTheJournalIsNamed(_ end: String, isLink: Bool) throws {
        let folder = try Folder()
        let (path, other) = (folder.file("journal"), folder.file("journal" + end))
        if isLink {
            try FileManager.default.createSymbolicLink(atPath: other, withDestinationPath: "elsewhere")
        } else {
            try FileManager.default.createDirectory(atPath: other, withIntermediateDirectories: false)
        }
        let error = try refusal(path)
        #expect(error.kind == .unavailable)
        #expect(error.message.contains("journal\(end) is no regular file, and the journal \(path) needs the name"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["journal" + end])
    }

    /// SQLite and the lock make files beside the journal with longer names. SQLite has room for 512 bytes.
    @Test(arguments: [255, 250, 248]) func aNameThatLeavesNoRoomForTheFilesBesideItIsRefused(_ count: Int) throws {
        let folder = try Folder()
        let error = try refusal(folder.file(String(repeating: "j", count: count)))
        #expect(error.message.contains("The name is too long"))
        let deep = folder.file(String(repeating: String(repeating: "d", count: 99) + "/", count: 5))
        try FileManager.default.createDirectory(atPath: deep, withIntermediateDirectories: true)
        #expect(try refusal(deep + "j").message.contains("The name is too long"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: deep).isEmpty)
    }

    @Test func aNewFileThatIsRefusedIsRemovedAgain() throws {
        let folder = try Folder()
        try folder.write("changes", to: "journal-wal")
        #expect(try refusal(folder.file("journal")).message.contains("its start is missing"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["journal-wal"])
    }

    /// The process of the other lock still uses a journal of this name, which was deleted.
    @Test func aNewFileWhoseLockIsTakenIsRemovedAndTheLockStays() throws {
        let folder = try Folder()
        let journal = try folder.journal()
        try FileManager.default.removeItem(atPath: folder.file("journal"))
        try FileManager.default.removeItem(atPath: folder.file("journal-wal"))
        #expect(try refusal(folder.file("journal")).kind == .inUse)
        #expect(!FileManager.default.fileExists(atPath: folder.file("journal")))
        #expect(FileManager.default.fileExists(atPath: folder.file("journal.lock")))
        withExtendedLifetime(journal) {}
    }

    @Test(arguments: [[], [.watched("a")], [.changed(1, "a", .succeeded)]] as [[JournalOperation]], [true, false])
    func aNewJournalThatIsNotKeptStaysIfItHasContent(_ operations: [JournalOperation], isKept: Bool) async throws {
        let folder = try Folder()
        let journal = try folder.journal()
        if !operations.isEmpty { try await journal.commit(operations) }
        journal.close(isKept: isKept)
        let isThere = isKept || !operations.isEmpty
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty != isThere)
        // A journal of an earlier process stays.
        if isThere { try folder.reopened().close(isKept: false) }
        #expect(FileManager.default.fileExists(atPath: folder.file("later")) == isThere)
    }

    /// The log is beside the file that the link leads to.
    @Test(arguments: ["later", "link"]) func anInspectionReadsTheLogOfALinkedFile(_ name: String) async throws {
        let folder = try Folder()
        let journal = try folder.journal()
        try await journal.commit([.watched("a"), .changed(1, "b", .succeeded)])
        try folder.copy("journal", to: "later")
        let scratch = folder.file("scratch")
        for path in [folder.file("elsewhere"), scratch] {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        }
        let link = folder.file("elsewhere/link")
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "../later")
        let found = try JournalInspection(
            of: name == "link" ? link : folder.file(name),
            copyInto: scratch,
            timeline: ManualClock().timeline()
        )
        #expect(found.openWatches == 1 && found.lastSequence == 1)
    }
}
