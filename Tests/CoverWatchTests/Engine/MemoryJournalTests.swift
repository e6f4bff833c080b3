import CoverModel
import CoverWatch
import Jansson
import TestSupport
import Testing

@Suite struct MemoryJournalTests {
    private func entry(_ sequence: Int64, _ taskId: TaskID, _ state: CoverState = .succeeded) -> JournalOperation {
        let status = CoverStatus.scripted(taskId, state)
        let change = StatusChange(
            sequence: sequence,
            taskId: taskId,
            previous: .pending,
            status: status,
            final: status.final
        )
        return .append(EncodedEntry(.changed(change)))
    }

    @Test func theNewestEntriesAreKept() async {
        let journal = MemoryJournal(epoch: "e", capacity: 5)
        #expect(await journal.changes(after: 0, limit: 10).entries.isEmpty)
        await journal.commit((1...12).map { entry($0, "task \($0)") })
        #expect(journal.info.lastSequence == 12)
        #expect(!journal.info.persistent)
        #expect(await journal.changes(after: 0, limit: 100).entries.map(\.sequence) == [8, 9, 10, 11, 12])
        #expect(
            await journal.finalStatuses(of: ["task 7", "task 8", "task 12"]).keys.sorted() == ["task 12", "task 8"]
        )
    }

    @Test(
        arguments: [
            (0, 3, [1, 2, 3], true), (3, 2, [4, 5], true), (3, 3, [4, 5, 6], false), (6, 5, [], false),
            (99, 5, [], false),
            (.max, 5, [], false),
        ] as [(Int64, Int, [Int64], Bool)]
    )
    func pagesAreCut(_ after: Int64, _ limit: Int, _ sequences: [Int64], _ more: Bool) async {
        let journal = MemoryJournal(epoch: "e")
        await journal.commit((1...6).map { entry($0, "task") })
        let page = await journal.changes(after: after, limit: limit)
        #expect(page.entries.map(\.sequence) == sequences)
        #expect(page.more == more)
        #expect(page.lastSequence == 6)
    }

    @Test func aContinuingTaskIsNotFinal() async {
        let journal = MemoryJournal(epoch: "e")
        await journal.commit([entry(1, "a"), entry(2, "a", .pending)])
        #expect(await journal.finalStatuses(of: ["a"]).isEmpty)
    }

    @Test func aDismissalEndsWithItsEntry() async {
        let journal = MemoryJournal(epoch: "e", capacity: 3)
        await journal.commit([entry(1, "a"), entry(2, "b"), .dismiss(taskId: "a"), .dismiss(taskId: "unknown")])
        #expect(await journal.dismissals() == ["a": 1])
        await journal.commit([entry(3, "c"), entry(4, "c")])
        #expect(await journal.dismissals() == [:])
    }

    @Test func entriesHaveTheShapesOfTheProtocol() throws {
        let error = CoverError(.rateLimited, "slower", retryAfter: 1.5, httpStatus: 429, taskId: "a")
        let end = WatchEnded(sequence: 7, taskId: "a", reason: "rateLimited", error: error)
        #expect(
            end.jsonText
                == #"{"sequence":7,"taskId":"a","reason":"rateLimited","error":{"code":429,"message":"slower","#
                + #""data":{"kind":"rateLimited","retryable":true,"retryAfter":1.5,"httpStatus":429,"taskId":"a"}}}"#
        )
        let again = try #require(WatchEnded(json: try JSONValue(parsing: end.jsonText)))
        #expect(again.jsonText == end.jsonText)
        let timeout = WatchEnded(sequence: 8, taskId: "a", reason: "timeout", error: nil)
        #expect(timeout.jsonText == #"{"sequence":8,"taskId":"a","reason":"timeout","error":null}"#)
        let change = StatusChange(
            sequence: 1,
            taskId: "a",
            previous: nil,
            status: .scripted("a", .pending),
            final: false
        )
        #expect(change.jsonText.hasPrefix(#"{"sequence":1,"taskId":"a","previous":null,"status":{"taskId":"a","#))
        #expect(Health.ok.jsonText == #"{"state":"ok","message":"The API answers.","retryAt":null}"#)
    }
}
