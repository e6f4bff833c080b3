import CoverModel
import CoverWatch
import TestSupport
import Testing

@testable import CoverLSP

@Suite
struct StandingTests {
    private static let start = Timestamp(milliseconds: 1_736_937_181_000)

    /// Each row has the seconds since the state was first seen, the label, and the seconds until the label changes.
    @Test(arguments: [
        (0, "generating", 60), (59, "generating", 1), (60, "generating · 1 min", 60), (3599, "generating · 59 min", 1),
        (3600, "generating · 1 h", 3600), (90_000, "generating · 1 d", 82_800), (-5, "generating", 60),
    ])
    func aLabelCountsMinutesHoursAndDays(seconds: Int, label: String, next: Int) {
        let standing = Standing.running(.scripted("a", .generating), since: Self.start)
        let now = Self.start.advanced(by: .seconds(seconds))
        #expect(standing.label(at: now) == label)
        #expect(standing.labelChange(after: now) == .seconds(next))
    }

    @Test func aLabelShowsTheOutcomeOfTheCover() {
        var failed = CoverStatus.scripted("a", .failed)
        failed.failure = .init(code: nil, message: "first\nsecond " + String(repeating: "x", count: 80))
        let end = WatchEnded(sequence: 1, taskId: "a", reason: "timeout", error: nil)
        let standings: [(Standing, String)] = [
            (.running(nil, since: Self.start), "asking"), (.finished(.scripted("a", .succeeded)), "✓ 2 images"),
            (.finished(.scripted("a", .succeeded, images: ["u"])), "✓ 1 image"),
            (.finished(.scripted("a", .succeeded, images: [])), "✓ no images"),
            (.finished(failed), "✗ first second " + String(repeating: "x", count: 46) + "…"),
            (.ended(end), "✗ timeout"),
        ]
        for (standing, label) in standings { #expect(standing.label(at: Self.start) == label) }
    }

    @Test func theAgeOfAStateBeginsWithItsFirstStatus() {
        var table = FollowTable()
        table.follow("a", last: nil, startedAt: Self.start)
        for (sequence, seconds) in [(1, 10), (2, 100)] {
            var status = CoverStatus.scripted("a", .generating)
            status.checkedAt = Self.start.advanced(by: .seconds(seconds))
            let change = StatusChange(
                sequence: Int64(sequence),
                taskId: "a",
                previous: nil,
                status: status,
                final: false
            )
            let isFollowed = table.note(change)
            #expect(isFollowed)
        }
        #expect(table.standing(of: "a")?.label(at: Self.start.advanced(by: .seconds(130))) == "generating · 2 min")
        table.unfollow(["a"])
        let late = StatusChange(
            sequence: 3,
            taskId: "a",
            previous: nil,
            status: .scripted("a", .succeeded),
            final: true
        )
        let isFollowed = table.note(late)
        #expect(!isFollowed, "what is not followed any more comes back by no late change")
        #expect(table.standing(of: "a") == nil)
    }
}
