import CoverModel
import Hiredis
import NIOCore

/// One operation of the store over its connections. The operation runs one or more scripts, one after the other, before
/// a deadline.
struct RedisCall: Sendable {
    let link: RedisLink
    let keys: RedisKeys
    /// The time on the clock of the fleet. Nil means the clock of Redis.
    let time: Duration?
    let deadline: NIODeadline

    /// Runs a script. If Redis does not know the script yet, the text of the script is sent.
    ///
    /// - Parameters:
    ///   - bridge: the bridge that runs the script; nil for a view by a program that does not join the fleet.
    ///   - words: further parameters of the script.
    /// - Throws: ``RedisFault``, ``ScriptAnswer/Unexpected``.
    func run(
        _ script: FleetScript,
        _ keys: [[UInt8]],
        by bridge: FleetBridge?,
        _ words: [String] = []
    ) async throws -> ScriptAnswer {
        let rest = [Array(String(keys.count).utf8)] + keys + arguments(bridge) + words.map { Array($0.utf8) }
        let reply = try await answer(Command([Array("EVALSHA".utf8), Array(script.digest.utf8)] + rest))
        guard case .error(let text) = reply, text.hasPrefix("NOSCRIPT") else { return try ScriptAnswer(reply) }
        return try ScriptAnswer(try await answer(Command([Array("EVAL".utf8), Array(script.text.utf8)] + rest)))
    }

    /// Checks whether announcements still arrive.
    func checkNews() async throws {
        _ = try await link.news.answers(to: [Command("PING")], until: deadline)
    }

    /// Frees the claims that may have been granted to the bridge in lost answers.
    func release(_ doubt: HeldClaims.Doubt, by bridge: FleetBridge) async throws {
        let known = doubt.known.map(String.init)
        for taskId in doubt.tasks {
            let task = taskId.map { [keys.task($0)] } ?? []
            _ = try await run(.release, [keys.fleet, keys.bridges] + task, by: bridge, [taskId?.text ?? ""] + known)
        }
    }

    /// The state of these tasks to show to a user, in the given order. Tasks that the fleet does not know are left out.
    func tasks(_ ids: [TaskID]) async throws -> [FleetOverview.Task] {
        guard !ids.isEmpty else { return [] }
        var answer = try await run(.tasks, [keys.fleet, keys.bridges] + ids.map { keys.task($0) }, by: nil)
        var tasks: [FleetOverview.Task] = []
        for taskId in ids {
            var row = try ScriptAnswer(row: .array(try answer.array()))
            guard !row.isEmpty, let reading = try row.reading(of: taskId).reading else { continue }
            let claimant = UInt64(try row.text()).map(FleetBridge.ID.init)
            tasks.append(FleetOverview.Task(taskId: taskId, reading: reading, claimedBy: claimant))
        }
        return tasks
    }

    private func answer(_ command: Command) async throws -> Reply {
        let answers = try await link.commands.answers(to: [command], until: deadline)
        guard let answer = answers.first else { throw RedisFault.closed }
        return answer
    }

    /// The first parameters of all scripts.
    private func arguments(_ bridge: FleetBridge?) -> [[UInt8]] {
        let bridge = bridge.map {
            [String($0.id.number), String(link.line), String($0.rate), String($0.burst), $0.name]
        }
        let texts = [
            time.map { FleetScript.time($0) } ?? "", String(UInt64.random(in: 1 ... .max)),
            String(decoding: keys.channel, as: UTF8.self),
        ]
        return (texts + (bridge ?? ["", "0", "", "", ""])).map { Array($0.utf8) }
    }
}
