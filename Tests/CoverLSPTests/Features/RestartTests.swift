import CoverAPI
import CoverLSP
import CoverModel
import CoverWatch
import Jansson
import TestSupport
import Testing

/// Tests what a user sees after a restart with a journal.
@Suite(.timeLimit(.minutes(5)))
struct RestartTests {
    private func hints(_ rig: LSPRig) async throws -> [String] { try await rig.feature("inlayHint").texts("label") }

    @Test func theCoversOfAJournalAreFollowedAgain() async throws {
        let statuses = ScriptedStatusSource { id, _ in .scripted(id, id == "done" ? .succeeded : .generating) }
        let journal = MemoryJournal(epoch: "test")
        try await LSPRig(source: statuses, journal: journal).run { rig in
            try await rig.introduce()
            rig.open("cover://tasks/done")
            _ = try await rig.execute("follow", "done")
            while try await hints(rig) != ["✓ 2 images"] {}
        }
        let watch = WatchRecord(
            taskId: "runs",
            interval: .seconds(30),
            startedAt: Timestamp(milliseconds: 1_736_937_181_000),
            last: .scripted("runs", .generating)
        )
        try await LSPRig(source: statuses, journal: ReopenedJournal(journal, [watch])).run { rig in
            try await rig.introduce()
            rig.open("cover://tasks/done cover://tasks/runs")
            while try await hints(rig) != ["✓ 2 images", "generating"] {}
            _ = try await rig.notification("window/workDoneProgress/create")
            #expect(try await rig.notification("$/progress")["value"]?["message"]?.string == "0 of 1 cover done")
            #expect(try await !rig.waiting().contains("window/showMessage"), "what was done before is no news")
        }
    }

    /// The entries of a cover stay in the journal, for `cover/changes`. But the language server shows them no more.
    @Test func aCoverThatTheUserStoppedFollowingStaysAway() async throws {
        let statuses = ScriptedStatusSource { id, query in
            if id == "ends", query == 0 { throw CoverError(.unauthorized, "The key was refused.") }
            return .scripted(id, id == "ends" ? .generating : .succeeded)
        }
        let journal = MemoryJournal(epoch: "test")
        let text = "cover://tasks/done cover://tasks/again cover://tasks/ends"
        try await LSPRig(source: statuses, journal: journal).run { rig in
            try await rig.introduce()
            rig.open(text)
            _ = try await rig.execute("follow", "ends")
            while try await hints(rig).first?.hasPrefix("✗") != true {}
            // The second watch of this cover is cancelled while it runs.
            _ = try await rig.execute("follow", "ends")
            while try await hints(rig) != ["generating"] {}
            _ = try await rig.execute("unfollow", "ends")
            _ = try await rig.execute("follow", "done", "again")
            while try await hints(rig) != ["✓ 2 images", "✓ 2 images"] {}
            _ = try await rig.execute("unfollow", "done", "again", "never")
            _ = try await rig.execute("follow", "again")
            while try await hints(rig) != ["✓ 2 images"] {}
        }
        #expect(await journal.changes(after: 0, limit: 99).entries.contains { $0.taskId == "done" && $0.endsWatch })
        try await LSPRig(source: statuses, journal: journal).run { rig in
            try await rig.introduce()
            rig.open(text)
            while try await hints(rig) != ["✓ 2 images"] {}
            #expect(try await rig.feature("inlayHint").element(0)?["position"]?["character"]?.integer == 38)
            let titles = try await rig.feature("codeAction", line: 0, to: (0, 60)).texts("title")
            #expect(titles == ["Follow 2 covers", "Stop following cover again"])
        }
    }
}

/// The journal of an earlier process. It contains the watches that had not ended.
private struct ReopenedJournal: WatchJournal {
    private let journal: MemoryJournal
    private let records: [WatchRecord]

    init(_ journal: MemoryJournal, _ records: [WatchRecord]) { (self.journal, self.records) = (journal, records) }

    var info: JournalInfo { journal.info }
    func restore() throws -> [WatchRecord] { records }
    func commit(_ operations: [JournalOperation]) async { await journal.commit(operations) }
    func changes(after sequence: Int64, limit: Int) async -> ChangePage {
        await journal.changes(after: sequence, limit: limit)
    }
    func dismissals() async -> [TaskID: Int64] { await journal.dismissals() }
    func finalStatuses(of taskIds: [TaskID]) async -> [TaskID: CoverStatus] {
        await journal.finalStatuses(of: taskIds)
    }
}
