import Testing

@testable import CoverTerminal

struct TerminalTests {
    @Test(arguments: [
        ("TERM=xterm", true), ("TERM=dumb", false), ("", false), ("TERM=xterm CI=true", false),
        ("TERM=xterm CI=1", false), ("TERM=xterm CI=woodpecker", false), ("TERM=xterm CI=false", true),
        ("TERM=xterm CI=0", true), ("TERM=xterm TF_BUILD=True", false), ("TERM=xterm JENKINS_URL=http://j/", false),
        ("TERM=xterm TEAMCITY_VERSION=2026", false), ("TERM=xterm NO_COLOR=1", true),
    ])
    func aScreenIsDrawnForPeople(variables: String, isForPeople: Bool) {
        let pairs = variables.split(separator: " ").map { $0.split(separator: "=") }
        let values = Dictionary(uniqueKeysWithValues: pairs.map { (String($0[0]), String($0[1])) })
        #expect(Terminal.isForPeople { values[$0] } == isForPeople)
    }
}
