import Crypto

/// A script that Redis runs atomically. The script loads the needed parts of the fleet, decides by the rules, and
/// stores the changes.
///
/// The scripts contain the same rules in Lua as ``FleetState`` and its parts in Swift. The conformance tests check that
/// both decide alike. Times are whole microseconds, which Lua's numbers hold exactly. Each answer is an array that
/// begins with a word. An error is also returned as such an array, because the texts of thrown errors differ between
/// versions of Redis.
struct FleetScript: Sendable {
    let text: String
    /// The SHA-1 of the script in hexadecimal digits. Redis uses it to find a script that was run before.
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
    /// Returns an overview of the fleet to show to a user. The script changes nothing.
    static let overview = FleetScript(main: overviewMain)
    /// Returns some tasks of the fleet. The script changes nothing.
    static let tasks = FleetScript(task, main: tasksMain)
    /// Checks whether Redis allows this user every command of the other scripts. The script leaves no data behind.
    static let probe = FleetScript(main: probeMain)

    static let all = [begin, take, finish, beat, leave, release, overview, tasks, probe]

    /// The version of the format of the stored data. The scripts do not change a fleet that has another version.
    static let form = 1

    /// The duration as the scripts expect it: in whole microseconds.
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
