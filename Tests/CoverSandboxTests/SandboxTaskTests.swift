import CoverSandbox
import Testing

@Suite struct SandboxTaskTests {
    struct Script: Sendable, CustomTestStringConvertible {
        let taskID: String
        /// The expected answers in order. Each has the time of its query in milliseconds.
        let answers: [(Int, SandboxAnswer)]

        init(_ taskID: String, _ answers: [(Int, SandboxAnswer)]) {
            self.taskID = taskID
            self.answers = answers
        }

        var testDescription: String { taskID }
    }

    private static let pending = SandboxAnswer.record(.pending)
    private static let generating = SandboxAnswer.record(.generating)

    private static func succeeded(_ milliseconds: Int, images: Int = 2) -> SandboxAnswer {
        .record(.succeeded(after: .milliseconds(milliseconds), images: images))
    }

    /// A fault that lasts for two seconds. The sandbox answers with the fault in the body and in the HTTP status in
    /// turn.
    private static func passing(_ taskID: String, _ fault: SandboxFault) -> Script {
        Script(
            taskID,
            [
                (0, .fault(fault, .body)), (500, .fault(fault, .status)), (1999, .fault(fault, .body)),
                (2000, succeeded(2000)), (9000, succeeded(2000)),
            ]
        )
    }

    private static func lasting(_ taskID: String, _ fault: SandboxFault) -> Script {
        Script(
            taskID,
            [
                (0, .fault(fault, .body)), (1, .fault(fault, .status)), (6000, .fault(fault, .body)),
                (1_000_000_000, .fault(fault, .status)),
            ]
        )
    }

    static let scripts: [Script] = [
        Script(
            "success-6s",
            [
                (0, pending), (1999, pending), (2000, generating), (5999, generating), (6000, succeeded(6000)),
                (900_000, succeeded(6000)),
            ]
        ),
        Script("success-0s", [(0, succeeded(0))]),
        Script("success-0.3s", [(0, pending), (99, pending), (100, generating), (300, succeeded(300))]),
        Script("anything else", [(0, pending), (2000, generating), (6000, succeeded(6000))]),
        Script(
            "fail-3s",
            [
                (0, pending), (1000, generating), (2999, generating), (3000, .record(.failed(after: .seconds(3)))),
                (9000, .record(.failed(after: .seconds(3)))),
            ]
        ),
        Script("fail-0s", [(0, .record(.failed(after: .zero)))]),
        Script("pending", [(0, pending), (6000, pending), (1_000_000_000, pending)]),
        Script("generating-1s", [(0, generating), (6000, generating), (1_000_000_000, generating)]),
        lasting("missing-1s", .missing),
        Script(
            "late-5s",
            [
                (0, .fault(.missing, .body)), (4999, .fault(.missing, .status)), (5000, pending), (5666, pending),
                (5667, generating), (6999, generating), (7000, succeeded(7000)),
            ]
        ),
        Script("late-0s", [(0, pending), (2000, succeeded(2000))]),
        Script(
            "empty-2s",
            [(0, succeeded(0, images: 0)), (1999, succeeded(0, images: 0)), (2000, succeeded(0)), (9000, succeeded(0))]
        ),
        Script(
            "flicker-6s",
            [
                (0, pending), (1000, pending), (2000, generating), (3000, pending), (4000, generating),
                (5000, generating), (6000, succeeded(6000)), (7000, pending), (8000, succeeded(6000)),
                (9000, succeeded(6000)),
            ]
        ),
        Script("flicker-0s", [(0, succeeded(0)), (1, pending), (2, succeeded(0)), (3, succeeded(0))]),
        passing("ratelimit-2s", .rateLimited),
        passing("maintenance-2s", .maintenance),
        passing("servererror-2s", .serverError),
        Script("servererror-0s", [(0, succeeded(0))]),
        Script("garbage-2s", [(0, .garbage), (1999, .garbage), (2000, succeeded(2000))]),
        Script("cutoff-2s", [(0, .cutoff), (1999, .cutoff), (2000, succeeded(2000))]),
        lasting("unauthorized", .unauthorized),
        lasting("nocredits-2s", .insufficientCredits),
        lasting("disabled", .disabled),
        Script(
            "slow-2s",
            [
                (0, .record(.succeeded(after: .zero), after: .seconds(2))),
                (5000, .record(.succeeded(after: .zero), after: .seconds(2))),
            ]
        ),
        Script(
            "success-99999999999999999999s",
            [(0, pending), (Int.max / 1_000_000_000, pending)]
        ),
    ]

    @Test(arguments: scripts)
    func answers(script: Script) {
        var task = SandboxTask(taskID: script.taskID)
        for (milliseconds, expected) in script.answers {
            #expect(task.answer(at: .milliseconds(milliseconds)) == expected, "at \(milliseconds) ms")
        }
    }

    @Test func everyScenarioIsTested() {
        let tested = Set(Self.scripts.map { SandboxScenario(taskID: $0.taskID).kind })
        #expect(tested == Set(SandboxScenario.Kind.allCases))
    }
}
