import CoverModel
import Testing

@testable import CoverTerminal
@testable import CoverWatch

/// Builds whole screens from plain values.
struct BoardTests {
    private let start = Timestamp(milliseconds: 1_000_000_000)

    private func status(_ taskId: TaskID, _ state: CoverState, images: Int = 0) -> CoverStatus {
        CoverStatus(
            taskId: taskId,
            state: state,
            final: state == .succeeded || state == .failed,
            images: (0..<images).map { "https://images.example/\($0).png" },
            createdAt: start,
            failure: state == .failed ? .init(code: 500, message: "No idea what to draw") : nil,
            checkedAt: start
        )
    }

    private func board(_ taskIds: [TaskID]) -> WatchBoard {
        var board = WatchBoard()
        board.add(taskIds.map { .init(taskId: $0, startedAt: start) })
        return board
    }

    private func change(_ status: CoverStatus) -> WatchEvent {
        .changed(StatusChange(sequence: 1, taskId: status.taskId, previous: nil, status: status, final: status.final))
    }

    @Test func aWholeScreen() {
        var board = board(["one", "two", "three", "four"])
        board.take(change(status("one", .generating)), at: start)
        board.take(change(status("two", .failed)), at: start.advanced(by: .seconds(3)))
        let end = WatchEnded(sequence: 2, taskId: "three", reason: "timeout", error: nil)
        board.take(.ended(end), at: start.advanced(by: .seconds(70)))
        board.save("one", .under(part: 0.25))
        let lines = board.screen(width: 80, rows: 24, now: start.advanced(by: .seconds(106)), palette: .plain)
        #expect(
            lines == [
                "TASK   STATE       ELAPSED    NEXT  IMAGES  DETAIL",
                "one    saving 25%   1m 46s     now          [####--------------]",
                "two    failed           3s                  No idea what to draw",
                "three  timed out    1m 10s                  The time was up; the task continues.",
                "four   asking       1m 46s     now",
                "1 generating, 1 not seen yet, 1 failed, 1 timed out  saving [####--------------]",
            ]
        )
        #expect(!board.isOver)
    }

    @Test func aPauseOfADownloadIsShown() {
        var board = board(["one"])
        board.take(change(status("one", .succeeded, images: 1)), at: start)
        board.save("one", .under(part: 0.5, pause: "The host refused."))
        let lines = board.screen(width: 80, rows: 24, now: start, palette: .plain)
        #expect(lines[1].hasPrefix("one   saving 50%") && lines[1].hasSuffix("The host refused."))
    }

    @Test func aTimeoutNamesTheFaultThatHidTheStatus() {
        var board = board(["one"])
        let fault = CoverError(.malformedResponse, "A web page came.")
        board.take(.ended(WatchEnded(sequence: 1, taskId: "one", reason: "timeout", error: fault)), at: start)
        let lines = board.screen(width: 120, rows: 24, now: start, palette: .plain)
        #expect(lines[1].hasSuffix("The time was up; the task continues. The last query failed: A web page came."))
    }

    @Test func aResumedWatchHasItsLastStatus() {
        var watch = Watch(taskId: "one", interval: 1, startedAt: start, checks: 0)
        watch.last = status("one", .generating)
        var board = WatchBoard()
        board.add([WatchBoard.Entry(watch)])
        #expect(board.screen(width: 80, rows: 24, now: start, palette: .plain)[1].hasPrefix("one   generating"))
    }

    @Test func theSummaryDoesNotClaimUnsavedFiles() {
        var board = board(["one"])
        board.take(change(status("one", .succeeded, images: 1)), at: start)
        board.save("one", .under(part: 0.25))
        let linked = board.summary(width: 80, now: start, palette: Palette(hasLinks: true))
        #expect(linked[1].hasPrefix("one   succeeded       0s       1  \u{1B}]8;;"))
        let plain = board.summary(width: 80, now: start, palette: .plain)
        #expect(plain[1...2] == ["one   succeeded       0s       1", "  https://images.example/0.png"])
    }

    @Test func aNarrowWindowHasTheDetailBelow() {
        var board = board(["one", "two", "three", "four"])
        board.take(change(status("one", .succeeded, images: 1)), at: start)
        board.take(change(status("two", .failed)), at: start)
        board.take(change(status("three", .succeeded, images: 1)), at: start)
        board.save("three", .failed(CoverError(.downloadFailed, "Gone.")))
        let lines = board.summary(width: 30, now: start, palette: .plain)
        #expect(
            lines == [
                "TASK   STATE      ELAPSED",
                "one    succeeded       0s",
                "  https://images.example/0.png",
                "two    failed          0s",
                "  No idea what to draw",
                "three  succeeded       0s",
                "  not saved",
                "  https://images.example/0.png",
                "four   asking          0s",
                "4 tasks: 1 not seen yet, 2 su…",
            ]
        )
    }

    /// If all images of a success were refused, the row shows the reason instead of "not saved".
    @Test func theReasonReplacesAMissingImage() {
        var status = status("one", .succeeded)
        status.warnings = [
            .init(kind: "droppedImage", message: "An image's URL is plain http."),
            .init(kind: "noImages", message: "The API lists images, but none that may be fetched."),
        ]
        var board = board(["one"])
        board.take(change(status), at: start)
        board.save("one", .failed(.noImages(of: status)))
        let summary = board.summary(width: 80, now: start, palette: .plain)
        #expect(summary[1].hasSuffix("An image's URL is plain http."))
        let plain = EventLine.line(change(status))?.map(\.text).joined()
        #expect(plain == "one  succeeded  An image's URL is plain http.")
    }

    @Test func theHealthOfTheHostIsShownBelow() {
        var board = board(["one"])
        var health = Health.ok
        (health.state, health.message) = (.maintenance, "Maintenance.")
        health.retryAt = start.advanced(by: .seconds(60))
        board.take(.healthChanged(health), at: start)
        let lines = board.screen(width: 80, rows: 24, now: start, palette: .plain)
        #expect(lines.last == "Maintenance. Asked again in 1m 00s.")
    }

    @Test func relevantTasksAreShownInTheOrderGiven() {
        var board = board((1...10).map { TaskID("task-\($0)") })
        for number in 1...5 { board.take(change(status("task-\(number)", .succeeded, images: 2)), at: start) }
        board.take(change(status("task-9", .generating)), at: start)
        board.take(change(status("task-6", .failed)), at: start)
        let lines = board.screen(width: 60, rows: 7, now: start, palette: .plain)
        #expect(lines.prefix(4).map { $0.split(separator: " ")[0] } == ["TASK", "task-6", "task-7", "task-9"])
        #expect(lines.dropFirst(4).first == "… and 7 more: 2 not seen yet, 5 succeeded")
        #expect(lines.count == 6)
    }

    /// Each frame asks the engine only for the visible tasks. The number of all tasks does not matter.
    @Test func aScreenReadsOnlyItsOwnRows() {
        var board = board((1...10_000).map { TaskID("task-\($0)") })
        board.take(change(status("task-9000", .generating)), at: start)
        let tasks = board.tasks(fitting: 24)
        #expect(tasks.count == 23)
        #expect(tasks.first == "task-1" && tasks.last == "task-9000")
        #expect(board.tasks(fitting: 0).isEmpty)
        let lines = board.screen(width: 80, rows: 24, now: start, palette: .plain)
        for line in lines.dropFirst().prefix(20) {
            #expect(tasks.contains(TaskID(String(line.prefix { $0 != " " }))))
        }
    }

    @Test(arguments: [20, 30, 40, 79, 80, 81, 120, 200], [2, 3, 5, 24, 60])
    func nothingIsWiderOrLongerThanTheWindow(width: Int, rows: Int) {
        let ids: [TaskID] = ["a", TaskID(String(repeating: "long-", count: 20)), "封面の生成", "e\u{301}🎵", "\u{202E}evil"]
        var board = board(ids + (0..<200).map { TaskID("task-\($0)") })
        for (index, id) in ids.enumerated() {
            board.take(change(status(id, CoverState.allCases[index % 5], images: index)), at: start)
        }
        let lines = board.screen(width: width, rows: rows, now: start, palette: .plain)
        #expect(lines.allSatisfy { $0.columns <= width })
        #expect(lines.count < max(rows, 2))
        #expect(!lines.joined().unicodeScalars.contains("\u{202E}"))
    }

    /// Swift's `String` treats these ids as equal, but the board must not.
    @Test func idsThatDifferInBytesHaveTwoRows() {
        let ids: [TaskID] = ["café", "cafe\u{301}"]
        var board = board(ids)
        board.take(change(status(ids[1], .failed)), at: start)
        #expect(board.entries.map { $0.status?.state } == [nil, .failed])
    }

    @Test func anAPIThatAnsweredOnceCountsAsReached() {
        func health(_ state: Health.State) -> WatchEvent {
            var health = Health.ok
            health.state = state
            return .healthChanged(health)
        }
        let unreachable = health(.unreachable)
        var page = Health.ok
        (page.state, page.isForeign) = (.degraded, true)
        let answers: [WatchEvent] = [
            change(status("one", .pending)), health(.maintenance), health(.rateLimited), health(.degraded),
            .ended(WatchEnded(sequence: 1, taskId: "one", reason: "x", error: CoverError(.taskNotFound, "x"))),
        ]
        var silent = board(["one"])
        #expect(!silent.isUnanswered)
        for silence in [unreachable, .healthChanged(page)] {
            silent.take(silence, at: start)
            #expect(silent.isUnanswered)
        }
        // A watch may end by its timeout. This end is not an answer of the API, so the task stays unanswered.
        silent.take(.ended(WatchEnded(sequence: 1, taskId: "one", reason: "timeout", error: nil)), at: start)
        #expect(silent.isUnanswered)
        for answer in answers {
            var board = board(["one"])
            board.take(answer, at: start)
            board.take(unreachable, at: start)
            #expect(!board.isUnanswered)
        }
    }

    @Test func aTaskEndsOnce() {
        var board = board(["one"])
        board.take(change(status("one", .succeeded, images: 1)), at: start)
        board.take(change(status("one", .succeeded, images: 1)), at: start)
        #expect(board.isOver)
        #expect(board.summary(width: 80, now: start, palette: .plain).last == "1 task: 1 succeeded")
    }
}
