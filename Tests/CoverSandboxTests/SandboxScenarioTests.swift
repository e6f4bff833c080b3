import CoverSandbox
import Testing

@Suite struct SandboxScenarioTests {
    @Test(
        arguments: [
            ("success-6s", .success, .seconds(6)),
            ("success", .success, .seconds(6)),
            ("success-0s", .success, .zero),
            ("success-0.5s", .success, .milliseconds(500)),
            ("success-00.250s-x", .success, .milliseconds(250)),
            ("success-0.0000000019s", .success, .nanoseconds(1)),
            ("success-3", .success, .seconds(6)),
            ("success-3s", .success, .seconds(3)),
            ("fail-12s-a-b-3s", .fail, .seconds(12)),
            ("fail-cover-3s", .fail, .seconds(6)),
            ("ratelimit-1s ", .ratelimit, .seconds(6)),
            ("late--3s", .late, .seconds(6)),
            ("late-.5s", .late, .seconds(6)),
            ("late-5.s", .late, .seconds(6)),
            ("late-1.2.3s", .late, .seconds(6)),
            ("late-1e3s", .late, .seconds(6)),
            ("late-٣s", .late, .seconds(6)),
            ("late-s", .late, .seconds(6)),
            ("slow-999999999s", .slow, .seconds(999_999_999)),
            ("slow-1000000000s", .slow, SandboxScenario.longest),
            ("slow-9223372036854775807.9s", .slow, SandboxScenario.longest),
            ("slow-99999999999999999999999999999999s", .slow, SandboxScenario.longest),
            ("Success-1s", .success, .seconds(6)),
            ("21aee3c3c2a01fa5e030b3799fa4dd56", .success, .seconds(6)),
            ("unknown-1s", .success, .seconds(6)),
            ("successful-1s", .success, .seconds(6)),
            ("", .success, .seconds(6)),
            ("-", .success, .seconds(6)),
            ("\u{0}/ é", .success, .seconds(6)),
        ] as [(String, SandboxScenario.Kind, Duration)]
    )
    func readsID(taskID: String, kind: SandboxScenario.Kind, duration: Duration) {
        #expect(SandboxScenario(taskID: taskID) == SandboxScenario(kind, duration))
    }

    @Test(arguments: SandboxScenario.Kind.allCases)
    func everyScenarioIsKnownByItsName(kind: SandboxScenario.Kind) {
        #expect(SandboxScenario(taskID: "\(kind.rawValue)-2s-x").kind == kind)
    }
}
