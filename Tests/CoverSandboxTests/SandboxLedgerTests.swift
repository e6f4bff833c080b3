import Testing

@testable import CoverSandbox

@Suite struct SandboxLedgerTests {
    @Test func timeRunsFromTheFirstQueryForEachTask() {
        var ledger = SandboxLedger()
        let first = ledger.query("success-3s-a", now: .seconds(10), wallTime: 1000)
        let other = ledger.query("success-3s-b", now: .seconds(12), wallTime: 3000)
        let second = ledger.query("success-3s-a", now: .seconds(13), wallTime: 4000)

        #expect(first.answer == .record(.pending))
        #expect(other.answer == .record(.pending))
        #expect(second.answer == .record(.succeeded(after: .seconds(3))))
        #expect([first.created, other.created, second.created] == [1000, 3000, 1000])
    }

    @Test func aClockThatStepsBackDoesNoHarm() {
        var ledger = SandboxLedger()
        _ = ledger.query("success-3s", now: .seconds(10), wallTime: 0)
        #expect(ledger.query("success-3s", now: .zero, wallTime: 0).answer == .record(.pending))
    }

    @Test func forgetsTheOldestTaskWhenItIsFull() {
        var ledger = SandboxLedger(capacity: 3)
        for (second, taskID) in ["a", "b", "c", "d", "e"].enumerated() {
            _ = ledger.query(taskID, now: .seconds(second), wallTime: Int64(second))
        }
        #expect(ledger.statistics.byTask == ["c": 1, "d": 1, "e": 1])
        #expect(ledger.query("c", now: .seconds(9), wallTime: 9).created == 2)
        #expect(ledger.query("a", now: .seconds(9), wallTime: 9).created == 9)
        #expect(ledger.statistics.byTask == ["d": 1, "e": 1, "a": 1])
        #expect(ledger.statistics.requests == 7)
    }

    /// Swift's `String` treats these ids as equal, but the sandbox must not.
    @Test func idsThatDifferInBytesAreTwoTasks() {
        var ledger = SandboxLedger()
        for taskID in ["café", "cafe\u{301}", "task-K1", "task-\u{212A}1"] {
            _ = ledger.query(taskID, now: .zero, wallTime: 0)
        }
        #expect(ledger.statistics.byTask.count == 4)
    }

    @Test func aMusicTaskHasOneCover() {
        var ledger = SandboxLedger()
        let cover = SandboxLedger.Cover(musicTaskID: "music", callbackURL: "https://example.com/1")
        let first = ledger.order(cover, now: .zero, wallTime: 0)
        let second = ledger.order(
            .init(musicTaskID: "music", callbackURL: "https://example.com/2"),
            now: .zero,
            wallTime: 0
        )
        let other = ledger.order(
            .init(musicTaskID: "muzak", callbackURL: "https://example.com/3"),
            now: .zero,
            wallTime: 0
        )

        #expect(first.isNew && !second.isNew && other.isNew)
        #expect(first.taskID == second.taskID && first.taskID != other.taskID)
        #expect(ledger.cover(first.taskID) == cover)
        #expect(SandboxScenario(taskID: first.taskID) == SandboxScenario(.success, .seconds(6)))
    }

    @Test func aCoversIDIsTheSameInEveryProcess() {
        var ledger = SandboxLedger()
        let receipt = ledger.order(
            .init(musicTaskID: "music", callbackURL: "https://example.com"),
            now: .zero,
            wallTime: 0
        )
        #expect(receipt.taskID == "success-6s-\(StableHash.text("music"))")
        #expect(StableHash.text("") == "f52a15e9a9b5e89b")
    }

    @Test func timeRunsFromTheOrderOfACover() {
        var ledger = SandboxLedger()
        let cover = SandboxLedger.Cover(musicTaskID: "success-3s", callbackURL: "https://example.com/1")
        let (taskID, _) = ledger.order(cover, now: .seconds(10), wallTime: 1000)
        #expect(ledger.statistics.byTask.isEmpty)

        let (answer, created) = ledger.query(taskID, now: .seconds(13), wallTime: 4000)
        #expect(answer == .record(.succeeded(after: .seconds(3))))
        #expect(created == 1000)
    }

    @Test func countsByTheSecond() {
        var ledger = SandboxLedger()
        for milliseconds in [0, 900, 999, 1000, 2000, 2001, 2002, 2999, 3000] {
            _ = ledger.query("pending-\(milliseconds % 2)", now: .milliseconds(milliseconds), wallTime: 0)
        }
        #expect(ledger.statistics.requests == 9)
        #expect(ledger.statistics.peakPerSecond == 4)
        #expect(ledger.statistics.byTask == ["pending-0": 6, "pending-1": 3])
    }
}
