import ArgumentParser
import CoverAPI
import CoverModel
import CoverTerminal
import Jansson

/// Checks a callback, and prints the status of its task.
struct Callback: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "callback",
        abstract: "Checks a callback of the API, and reads its task.",
        usage: "cover-bridge callback --timestamp <text> --signature <text> [options]",
        discussion: """
            Example:
              cover-bridge callback --webhook-key-file KEY --timestamp 1700000000 \\
                --signature BASE64 < body
            The key that callbacks are signed with comes from:
              --webhook-key-file <file>, or else the variable KIE_WEBHOOK_KEY
            Without a key, any program could send a callback.
            """
    )

    @Option(help: ArgumentHelp("The header X-Webhook-Timestamp.", valueName: "text"))
    var timestamp: String?
    @Option(help: ArgumentHelp("The header X-Webhook-Signature.", valueName: "text"))
    var signature: String?
    @OptionGroup var output: OutputOptions
    @OptionGroup var client: ClientOptions

    func run() async throws {
        let notice = try notice()
        let (isJSON, palette) = (output.json, output.palette)
        try await OneShot.run(client) { client, _ in
            guard try await client.verify(notice) else {
                throw Failure(
                    code: .credentials,
                    message:
                        "no webhook key. Give --webhook-key-file FILE or KIE_WEBHOOK_KEY; to ask about a task, use \"status\"."
                )
            }
            let status = try await client.status(announcedBy: notice, isVerified: true)
            if isJSON {
                StandardOutput.write(status.jsonText + "\n")
            } else {
                let table = StatusTable(statuses: [status], now: Timeline.system.wallTime)
                StandardOutput.write(lines: table.lines(width: Terminal.output.width, palette: palette))
            }
            var summary = ExitSummary()
            if status.state == .failed { summary.add(failed: status) }
            return summary.status
        }
    }

    private func notice() throws -> CallbackNotice {
        let bytes = try InputFile.standardInput(
            "the callback's body",
            limit: 4 << 20,
            apartFrom: client.connection.readFiles
        )
        guard let body = JSONValue(repairing: bytes) else {
            throw Failure(
                code: .usage,
                message: "stdin has no JSON. Pass on the unchanged body of the callback."
            )
        }
        do throws(CoverError) {
            return try CallbackNotice(body: body, timestamp: timestamp, signature: signature)
        } catch {
            throw Failure(code: .usage, message: error.message)
        }
    }
}
