import Crypto

/// A script that Redis runs in one step: it loads what it needs of the fleet, decides by the rules, and stores what it changed.
///
/// It says in Lua what ``FleetState`` and its parts say in Swift; the conformance suite holds the two together. Times are whole
/// microseconds, which a number of Lua holds exactly. Answers are arrays that begin with a word, and errors are too: the texts of
/// errors that scripts throw differ from version to version of Redis.
struct FleetScript: Sendable {
    let text: String
    /// By which Redis finds a script that it has run before: its SHA-1 in hexadecimal digits.
    let digest: String

    /// - Parameter main: the body of the function that answers.
    private init(_ parts: String..., main: String) {
        let text = ([Self.state] + parts).joined() + "local function main()\n\(main)\nend\n" + Self.end
        self.text = text
        digest = Insecure.SHA1.hash(data: Array(text.utf8)).hexadecimal
    }

    /// Gives a reading, or the right to a query.
    static let begin = FleetScript(budget, breaker, task, turn, main: beginMain)
    /// Gives the right to a query that is not about a task's record.
    static let take = FleetScript(budget, breaker, turn, main: takeMain)
    /// Ends a claim.
    static let finish = FleetScript(breaker, task, main: finishMain)
    /// The bridge is there.
    static let beat = FleetScript(main: beatMain)
    /// The bridge is there no longer.
    static let leave = FleetScript(main: leaveMain)
    /// Frees what was granted in answers that never came.
    static let release = FleetScript(breaker, task, main: releaseMain)
    /// The fleet as people look at it. Changes nothing.
    static let overview = FleetScript(main: overviewMain)
    /// Some of its tasks. Changes nothing.
    static let tasks = FleetScript(task, main: tasksMain)
    /// Finds out whether all that the other scripts do is allowed. Leaves nothing behind.
    static let probe = FleetScript(main: probeMain)

    static let all = [begin, take, finish, beat, leave, release, overview, tasks, probe]

    /// What does not differ from call to call: the version of the stored form. A fleet of another version is left as it is.
    static let form = 1

    /// Whole microseconds, as the scripts count.
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
