import ArgumentParser
import CoverAPI
import CoverModel
import CoverTerminal
import Jansson

/// Orders a cover.
struct Generate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate",
        abstract: "Orders a cover for a music task.",
        usage: "cover-bridge generate <music-task> [--callback-url <url>] [options]",
        discussion: """
            Example:
              cover-bridge watch $(cover-bridge generate MUSIC --callback-url URL)
            A music task that has a cover already costs nothing: that one's id is printed.
            """
    )

    @Argument(
        help: ArgumentHelp("The music task's id; - reads it from stdin.", valueName: "music-task"),
        completion: .nothing
    )
    var musicTask: String

    @Option(help: ArgumentHelp("Where the API announces the end; it requires one.", valueName: "url"))
    var callbackUrl: String?

    @Flag(help: "JSON: {\"taskId\": id, \"reused\": bool}.")
    var json = false
    @OptionGroup var client: ClientOptions

    func run() async throws {
        let musicTasks = try TaskArguments.taskIds(in: [musicTask], apartFrom: client.connection.readFiles)
        guard let musicTask = musicTasks.first, musicTasks.count == 1 else {
            let advice = "One order is for one music task; give one id. Nothing was ordered."
            throw Failure(code: .usage, message: "\(musicTasks.count) ids came on stdin. \(advice)")
        }
        let (callbackUrl, isJSON) = (callbackUrl, json)
        let interruption =
            "the order for the music task \(musicTask.text) may exist nevertheless. Run it again: it then prints that cover, as reused."
        try await OneShot.run(client, interruption: interruption) { client, _ in
            do {
                let generation = try await client.generate(from: musicTask, callbackUrl: callbackUrl)
                // The id comes from the API, so characters that could mislead a reader are replaced on a terminal.
                let id = generation.taskId.text
                let shown = Terminal.output.isInteractive ? id.displayable : id
                StandardOutput.write(
                    (isJSON ? generation.jsonText : shown) + "\n",
                    ifLost: "the cover was ordered; its task is \(id.displayable)."
                )
                if generation.reused, !isJSON {
                    StandardError.conclude(
                        "cover-bridge: the music task has this cover already; no new one was ordered.\n"
                    )
                }
                return .done
            } catch let error as CoverError where error.kind == .validationFailed && callbackUrl == nil {
                let sentence = error.sentence(about: musicTask)
                throw Failure(code: .usage, message: sentence + " Give a --callback-url.")
            }
        }
    }
}
