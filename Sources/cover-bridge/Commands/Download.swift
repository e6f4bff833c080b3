import ArgumentParser
import CoverAPI
import CoverModel
import CoverTerminal
import Jansson

/// Saves the images of finished tasks.
struct Download: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "download",
        abstract: "Saves the images of finished tasks.",
        usage: "cover-bridge download <task>... [--directory <dir>] [options]",
        discussion: """
            Example:  cover-bridge download success-0s --directory covers --sandbox
            All images of a task are saved, or none. Those with refused URLs are left
            out. With several tasks the exit code is the first of \(ExitStatus.precedence)
            that occurs.
            """
    )

    @OptionGroup var tasks: TaskArguments
    @Option(
        help: ArgumentHelp("The folder; created if it is missing.", valueName: "dir"),
        completion: .directory,
        transform: FilePath.readFolder
    )
    var directory = "."
    @Flag(help: "Replace existing files.")
    var overwrite = false
    @OptionGroup var output: OutputOptions
    @OptionGroup var client: ClientOptions

    func run() async throws {
        let taskIds = try tasks.taskIds(apartFrom: client.connection.readFiles)
        let (overwrite, isJSON) = (overwrite, output.json)
        // A program that reads the JSON may have another working directory.
        let directory = isJSON ? absolutePath(directory) : directory
        let bar = ProgressLine(palette: Terminal.errors.palette(output.color), tasks: taskIds.count)
        try await OneShot.run(client) { client, _ in
            var summary = ExitSummary()
            try await OneShot.each(taskIds) { taskId in
                defer { bar.done(taskId) }
                return try await client.download(taskId: taskId, into: directory, overwrite: overwrite) {
                    bar.show($0, of: taskId)
                }
            } _: { taskId, result in
                bar.clear()
                switch result {
                case .success(let files):
                    let status = client.remembered(taskId)
                    if let status { summary.add(refusedImagesOf: status) }
                    // The record of a failed task may have images too.
                    if let status, status.state == .failed { summary.add(failed: status) }
                    if isJSON {
                        StandardOutput.write(Saved(taskId: taskId, files: files).jsonText + "\n")
                    } else {
                        let isSeen = Terminal.output.isInteractive
                        StandardOutput.write(lines: files.map { isSeen ? $0.path.displayable : $0.path })
                    }
                case .failure(let error):
                    // A failed task has no images. In this case the exit code is the code for a failed task, because
                    // the download itself had no error.
                    let hasFailed = client.remembered(taskId)?.state == .failed
                    summary.add(error, of: taskId, as: hasFailed ? .failed : nil)
                }
            }
            return summary.status
        }
    }

    private struct Saved: JSONEncodable {
        let taskId: TaskID
        let files: [DownloadedFile]

        func encode(to writer: inout JSONWriter) {
            writer.object {
                $0.member("taskId", taskId)
                $0.member("files", files)
            }
        }
    }
}
