import CoverModel
import CoverWatch
import SQLite
import TestSupport
import Testing

@testable import CoverJournal

@Suite struct SQLiteJournalTests {
    @Test func watchesAndEntriesOutliveTheProcess() async throws {
        let folder = try Folder()
        let deadline = Timestamp(milliseconds: 1_736_999_999_123)
        let epoch: String
        do {
            let journal = try folder.journal()
            epoch = journal.info.epoch
            #expect(journal.info.persistent)
            #expect(journal.info.lastSequence == 0)
            try await journal.commit([.watched("b", deadline: deadline), .watched("a"), .watched("c"), .watched("d")])
            try await journal.commit([
                .changed(1, "a", .pending), .changed(2, "b", .generating), .changed(3, "c", .succeeded),
                .forget(taskId: "d"),
            ])
            try await journal.commit([.ended(4, "a", CoverError(.unauthorized, "no", httpStatus: 401))])
        }
        let journal = try folder.journal()
        #expect(journal.info.epoch == epoch)
        #expect(journal.info.lastSequence == 4)
        let watches = try journal.restore()
        #expect(watches.map(\.taskId) == ["b"])
        #expect(watches.first?.interval == .milliseconds(2500))
        #expect(watches.first?.deadline == deadline)
        #expect(watches.first?.last?.state == .generating)

        let page = try await journal.changes(after: 1, limit: 2)
        #expect(page.entries.map(\.sequence) == [2, 3])
        #expect(page.more)
        #expect(page.lastSequence == 4)
        let rest = try await journal.changes(after: 3, limit: 100)
        #expect(!rest.more)
        guard case .ended(let end) = try #require(rest.entries.first) else { throw JournalError(.failed, "no end") }
        #expect(end.error?.kind == .unauthorized)
        #expect(end.error?.httpStatus == 401)
        #expect(try await journal.changes(after: 4, limit: 100).entries.isEmpty)

        let finals = try await journal.finalStatuses(of: ["a", "b", "c", "e"])
        #expect(finals.keys.sorted() == ["c"])
        #expect(finals["c"]?.images.count == 2)
    }

    /// Swift's `String` treats these ids as equal, but the journal must not.
    @Test func idsThatDifferInBytesAreTwoTasks() async throws {
        let folder = try Folder()
        let ids: [TaskID] = ["café", "cafe\u{301}"]
        do {
            let journal = try folder.journal()
            try await journal.commit(ids.map { .watched($0) })
            try await journal.commit([.changed(1, ids[0], .succeeded), .changed(2, ids[1], .pending)])
        }
        let journal = try folder.journal()
        #expect(try journal.restore().map(\.taskId) == [ids[1]])
        #expect(try await journal.finalStatuses(of: ids).keys.map(\.self) == [ids[0]])
        #expect(try await journal.changes(after: 0, limit: 9).entries.map(\.taskId) == ids)
    }

    @Test func dismissalsOutliveTheProcessAndTheEntriesStay() async throws {
        let folder = try Folder()
        let clock = ManualClock()
        let timeline = clock.timeline()
        do {
            let journal = try folder.journal(timeline: timeline)
            try await journal.commit([
                .changed(1, "a", .pending), .changed(2, "a", .succeeded), .changed(3, "b", .pending),
            ])
            try await journal.commit([.dismiss(taskId: "a"), .dismiss(taskId: "unknown")])
            try await journal.commit([.changed(4, "a", .succeeded), .changed(5, "b", .succeeded)])
        }
        do {
            let journal = try folder.journal(timeline: timeline)
            #expect(try await journal.dismissals() == ["a": 2])
            #expect(try await journal.changes(after: 0, limit: 9).entries.count == 5)
            try await journal.commit([.dismiss(taskId: "a")])
            #expect(try await journal.dismissals() == ["a": 4])
        }
        clock.advance(by: .seconds(61 * 86_400))
        let journal = try folder.journal(timeline: timeline)
        #expect(try await journal.changes(after: 0, limit: 9).entries.map(\.sequence) == [5])
        #expect(try await journal.dismissals() == [:], "their entries are gone")
        let steps = try folder.connection("journal").texts("SELECT identifier FROM grdb_migrations")
        #expect(steps == ["1: watches and entries"], "an older version refuses a step that it does not know")
    }

    @Test func committedDataSurvivesSuddenDeath() async throws {
        let folder = try Folder()
        let journal = try folder.journal("alive")
        try await journal.commit([.watched("a"), .watched("b"), .changed(1, "a", .pending)])
        try await journal.commit([.changed(2, "a", .succeeded)])
        try folder.copy("alive", to: "dead")
        let heir = try folder.journal("dead")
        #expect(heir.info.lastSequence == 2)
        #expect(try heir.restore().map(\.taskId) == ["b"])
        withExtendedLifetime(journal) {}
    }

    @Test func aFailedTransactionLeavesNothing() async throws {
        let folder = try Folder()
        let journal = try folder.journal()
        try await journal.commit([.watched("a"), .changed(1, "a", .pending)])
        await #expect(throws: JournalError.self) {
            try await journal.commit([.watched("b"), .changed(2, "a", .succeeded), .changed(1, "a", .succeeded)])
        }
        #expect(try journal.restore().map(\.taskId) == ["a"])
        #expect(try await journal.changes(after: 0, limit: 10).lastSequence == 1)
    }

    @Test func aRenewedWatchKeepsItsPlace() async throws {
        let folder = try Folder()
        let journal = try folder.journal()
        try await journal.commit([.watched("a"), .watched("b")])
        let deadline = Timestamp(milliseconds: 5)
        try await journal.commit([.watched("a", deadline: deadline)])
        #expect(try journal.restore().map(\.taskId) == ["a", "b"])
        #expect(try journal.restore().first?.deadline == deadline)
    }

    @Test func entriesAreRemovedAfterSixtyDaysExceptTheNewest() async throws {
        let folder = try Folder()
        let clock = ManualClock()
        let timeline = clock.timeline()
        do {
            let journal = try folder.journal(timeline: timeline)
            try await journal.commit([.changed(1, "a", .succeeded), .changed(2, "b", .succeeded)])
            clock.advance(by: .seconds(59 * 86_400))
            try await journal.commit([.changed(3, "c", .succeeded)])
            #expect(try await journal.changes(after: 0, limit: 10).entries.map(\.sequence) == [1, 2, 3])
            clock.advance(by: .seconds(2 * 86_400))
            try await journal.commit([.changed(4, "d", .succeeded)])
            #expect(try await journal.changes(after: 0, limit: 10).entries.map(\.sequence) == [3, 4])
        }
        clock.advance(by: .seconds(200 * 86_400))
        let journal = try folder.journal(timeline: timeline)
        #expect(try await journal.changes(after: 0, limit: 10).entries.map(\.sequence) == [4])
        #expect(journal.info.lastSequence == 4)
    }
}
