import CoverModel
import Jansson
import Testing

@testable import CoverWatch

/// A task keeps one status for readings that say the same, and shares it with the emitted status.
struct WatchedTaskTests {
    private static let status = CoverStatus(
        taskId: "t",
        parentTaskId: "café",
        state: .succeeded,
        final: true,
        images: ["https://i/é"],
        createdAt: Timestamp(milliseconds: 1),
        completedAt: Timestamp(milliseconds: 2),
        expiresAt: Timestamp(milliseconds: 3),
        failure: .init(code: 1, message: "no"),
        callbackUrl: "https://c/é",
        warnings: [.init(kind: "noImages", message: "none")],
        checkedAt: Timestamp(milliseconds: 4)
    )

    /// Each change of one member. The texts of the last three are equal for `String`, and differ in bytes.
    private static let changes: [@Sendable (inout CoverStatus) -> Void] = [
        { $0.parentTaskId = nil }, { $0.state = .failed }, { $0.final = false }, { $0.images = [] },
        { $0.images.append("https://i/2") }, { $0.createdAt = nil }, { $0.completedAt = nil }, { $0.expiresAt = nil },
        { $0.failure = nil }, { $0.failure?.code = 2 }, { $0.callbackUrl = nil }, { $0.warnings = [] },
        { $0.parentTaskId = "cafe\u{301}" }, { $0.callbackUrl = "https://c/e\u{301}" },
        { $0.images = ["https://i/e\u{301}"] },
    ]

    private static func task() -> WatchedTask {
        WatchedTask(
            taskId: "t",
            serial: 1,
            waitInterval: .seconds(1),
            startedAt: Timestamp(milliseconds: 0),
            graceEnd: .zero
        )
    }

    @Test(arguments: changes.indices) func theNewestReadingIsKeptInEveryMember(_ change: Int) {
        var task = Self.task()
        task.last = Self.status
        var newer = Self.status
        Self.changes[change](&newer)
        task.last = newer
        #expect(task.last?.jsonBytes == newer.jsonBytes)
        task.last = Self.status
        #expect(task.last?.jsonBytes == Self.status.jsonBytes)
    }

    @Test func anEqualReadingMovesTheTimeOfTheCheckAndNotTheEmittedStatus() {
        var task = Self.task()
        task.last = Self.status
        task.markSent()
        var newer = Self.status
        newer.checkedAt = Timestamp(milliseconds: 5)
        task.last = newer
        #expect(task.last?.jsonBytes == newer.jsonBytes)
        #expect(task.sent?.jsonBytes == Self.status.jsonBytes)
        task.markSent()
        #expect(task.sent?.jsonBytes == newer.jsonBytes)
        task.last = nil
        #expect(task.last == nil)
        #expect(task.sent?.jsonBytes == newer.jsonBytes)
    }
}
