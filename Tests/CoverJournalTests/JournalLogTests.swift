import CoverModel
import CoverWatch
import Foundation
import SQLite
import TestSupport
import Testing

@testable import CoverJournal

/// Tests what a journal does if another program cuts SQLite's log or the index of the log.
@Suite struct JournalLogTests {
    /// SQLite does not notice a cut log: it would write behind the end of the log.
    @Test(arguments: [0, 100, 5000], [true, false])
    func aCutLogIsNoticedAndBeginsANewEpoch(_ size: Int, isIndexCutToo: Bool) async throws {
        let folder = try Folder()
        let journal = try folder.journal()
        let epoch = journal.info.epoch
        try await journal.commit([.watched("b"), .changed(1, "a", .pending)])
        try folder.cut("journal-wal", to: size)
        if isIndexCutToo { try folder.cut("journal-shm", to: 0) }
        for _ in 0..<2 {
            let error = await #expect(throws: JournalError.self) {
                try await journal.commit([.changed(2, "a", .succeeded)])
            }
            #expect(error?.kind == .corrupt && error?.message.contains("was emptied or cut by another program") == true)
        }
        var reports: [String] = []
        journal.close { reports.append($0.message) }
        #expect(reports.isEmpty)
        let later = try folder.reopened()
        #expect(later.info.epoch != epoch)
        try await later.commit([.changed(later.info.lastSequence + 1, "a", .succeeded)])
        #expect(try await later.changes(after: 0, limit: 10).entries.isEmpty == false)
    }

    @Test func aLogThatIsCutBeforeTheEndIsReported() async throws {
        let folder = try Folder()
        let journal = try folder.journal()
        try await journal.commit([.changed(1, "a", .pending)])
        try folder.cut("journal-wal", to: 0)
        var reports: [String] = []
        journal.close { reports.append($0.message) }
        #expect(reports.count == 1 && reports.first?.contains("was emptied or cut") == true)
        #expect(throws: Never.self) { try folder.reopened() }
    }

    /// The database has newer pages than the rest of the log, so the rest must not be used.
    @Test func aLogThatIsCutAfterACheckpointLosesNothing() async throws {
        let folder = try Folder()
        let journal = try folder.journal()
        for sequence in 1...20 as ClosedRange<Int64> { try await journal.commit([.changed(sequence, "a", .pending)]) }
        try folder.connection("journal").execute("PRAGMA wal_checkpoint(PASSIVE)")
        try folder.cut("journal-wal", to: 20_000)
        try await journal.commit([.changed(21, "a", .succeeded)])
        journal.close()
        let later = try folder.reopened()
        #expect(try await later.changes(after: 0, limit: 100).entries.count == 21)
    }

    /// A checkpoint of another tool empties the log too, and loses nothing.
    @Test func aLogThatAnotherToolHasEmptiedByACheckpointIsNotCut() async throws {
        let folder = try Folder()
        let journal = try folder.journal()
        try await journal.commit([.changed(1, "a", .pending)])
        try folder.connection("journal").execute("PRAGMA wal_checkpoint(TRUNCATE)")
        #expect(DatabaseFile.isEmpty(folder.file("journal-wal")))
        try await journal.commit([.changed(2, "a", .succeeded)])
        #expect(try await journal.changes(after: 0, limit: 10).entries.count == 2)
    }

    /// An access to memory behind the end of this file would kill the process.
    @Test(arguments: [0, 100, 4096, 20_000]) func aCutIndexIsBuiltAgain(_ size: Int) async throws {
        let folder = try Folder()
        let journal = try folder.journal()
        try await journal.commit([.watched("b"), .changed(1, "a", .pending)])
        for sequence in 2...4 as ClosedRange<Int64> {
            try folder.cut("journal-shm", to: size)
            try await journal.commit([.changed(sequence, "a", .generating)])
            try folder.cut("journal-shm", to: size)
            #expect(try await journal.changes(after: 0, limit: 10).entries.count == sequence)
        }
        try folder.cut("journal-shm", to: size)
        journal.close()
        let later = try folder.reopened()
        #expect(later.info.lastSequence == 4)
        #expect(try later.restore().map(\.taskId) == ["b"])
    }
}
