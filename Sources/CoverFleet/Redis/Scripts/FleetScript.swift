import Crypto

/// A script that Redis runs atomically: it loads the needed parts of the fleet, decides by the rules, and stores the changes.
///
/// It has the same rules in Lua as ``FleetState`` and its parts in Swift; the conformance tests keep both equal. Times are whole
/// microseconds, which are exact in Lua's numbers. Answers are arrays that begin with a word, and so are errors, because the
/// texts of thrown errors differ between versions of Redis.
struct FleetScript: Sendable {
    let text: String
    /// The SHA-1 in hexadecimal digits, by which Redis finds a script that it has run before.
    let digest: String

    /// - Parameter main: the body of the main function.
    private init(_ parts: String..., main: String) {
        let text = ([Self.state] + parts).joined() + "local function main()\n\(main)\nend\n" + Self.end
        self.text = text
        digest = Insecure.SHA1.hash(data: Array(text.utf8)).hexadecimal
    }

    /// Returns a reading, or grants a query.
    static let begin = FleetScript(budget, breaker, task, turn, main: beginMain)
    /// Grants a query that is not about a task's record.
    static let take = FleetScript(budget, breaker, turn, main: takeMain)
    /// Ends a claim.
    static let finish = FleetScript(breaker, task, main: finishMain)
    /// Records a heartbeat of the bridge.
    static let beat = FleetScript(main: beatMain)
    /// Removes the bridge.
    static let leave = FleetScript(main: leaveMain)
    /// Frees claims that were granted in lost answers.
    static let release = FleetScript(breaker, task, main: releaseMain)
    /// The fleet for people. Changes nothing.
    static let overview = FleetScript(main: overviewMain)
    /// Some of its tasks. Changes nothing.
    static let tasks = FleetScript(task, main: tasksMain)
    /// Checks whether every command of the other scripts is allowed. Leaves nothing behind.
    static let probe = FleetScript(main: probeMain)

    static let all = [begin, take, finish, beat, leave, release, overview, tasks, probe]

    /// The constant parameters: the version of the stored form. A fleet of another version stays unchanged.
    static let form = 1

    /// Whole microseconds, the unit of the scripts.
    static func time(_ duration: Duration) -> String { String(duration.wholeMicroseconds) }
}

extension Duration {
    var wholeMicroseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000_000 + attoseconds / 1_000_000_000_000
    }
}

extension Insecure.SHA1Digest {
    fileprivate var hexadecimal: String {
        flatMap { [$0 >> 4, $0 & 15] }.map { String($0, radix: 16) }.joined()
    }
}
