import ArgumentParser
import CoverAPI
import CoverModel
import CoverTerminal
import Jansson

/// Queries each task once.
struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Prints the status of tasks: one query each.",
        usage: "cover-bridge status <task>... [options]",
        discussion: """
            Example:  cover-bridge status success-0s fail-0s --sandbox
            With several tasks the exit code is the first of \(ExitStatus.precedence) that occurs.
            """
    )

    @OptionGroup var tasks: TaskArguments
    @OptionGroup var output: OutputOptions
    @Flag(help: "Show the images: in the terminal, or as links.")
    var preview = false
    @OptionGroup var client: ClientOptions

    func validate() throws {
        if preview, output.json { throw ValidationError("--preview and --json exclude each other") }
    }

    func run() async throws {
        let taskIds = try tasks.taskIds(apartFrom: client.connection.readFiles)
        let (isJSON, isPreview, palette) = (output.json, preview, output.palette)
        try await OneShot.run(client) { client, _ in
            var summary = ExitSummary()
            var statuses: [CoverStatus] = []
            var failures: [(TaskID, CoverError)] = []
            try await OneShot.each(taskIds) {
                try await client.status(of: $0)
            } _: { taskId, result in
                switch result {
                case .success(let status):
                    statuses.append(status)
                    if isJSON { StandardOutput.write(status.jsonText + "\n") }
                case .failure(let error): failures.append((taskId, error))
                }
            }
            if !isJSON, !statuses.isEmpty {
                let table = StatusTable(statuses: statuses, now: Timeline.system.wallTime)
                StandardOutput.write(lines: table.lines(width: Terminal.output.width, palette: palette))
            }
            if isPreview {
                try await Preview(client: client, palette: palette).show(statuses)
            }
            for status in statuses where status.state == .failed { summary.add(failed: status) }
            for (taskId, error) in failures { summary.add(error, of: taskId) }
            return summary.status
        }
    }
}
