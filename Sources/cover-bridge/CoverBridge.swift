import ArgumentParser
import CoverAPI
import Dispatch

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The command. Without a subcommand it is `serve`, so that an editor needs no arguments.
struct CoverBridge: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cover-bridge",
        abstract: "Follows Suno covers on Kie.ai, for people, scripts and editors.",
        usage: "cover-bridge [--version] [--help] <command> [--help] [options]",
        discussion: """
            Example, without a key:  cover-bridge watch success-6s --sandbox
            The key: --api-key-file, else KIE_API_KEY; never an argument.
            Exit codes: 0 done, 1 a task failed, 2 usage, 3 key missing or refused,
              4 not found, 5 timeout, 6 the API could not be reached,
              75 the peer stopped reading, 130 interrupted
            """,
        version: coverBridgeVersion,
        subcommands: [
            WatchCommand.self, Status.self, Download.self, Generate.self, Credits.self, Doctor.self, Serve.self,
            MCP.self, Sandbox.self, OpenRPC.self, Replay.self,
        ],
        defaultSubcommand: Serve.self
    )

    /// Parses the arguments and runs the command that they name; the process ends when it does.
    static func run() -> Never {
        // Whoever stops reading is an error of `write`, which ends the command without a word.
        signal(SIGPIPE, SIG_IGN)
        do {
            try checkCommandName()
            let command = try parseAsRoot()
            // On the main thread, and before there is any other, as the signals of a server want it.
            if let serve = command as? Serve { serve.run() }
            if let mcp = command as? MCP { mcp.run() }
            launch(command)
        } catch {
            fail(error)
        }
        dispatchMain()
    }

    private static func launch(_ command: sending any ParsableCommand) {
        Task {
            do {
                var command = command
                if var command = command as? any AsyncParsableCommand {
                    try await command.run()
                } else {
                    try command.run()
                }
                endProcess(with: .done)
            } catch {
                fail(error)
            }
        }
    }

    private static func fail(_ error: any Error) -> Never {
        if let failure = Failure(known: error) { failure.exit() }
        // ArgumentParser's own code for a usage error is 64; this command's is 2.
        if exitCode(for: error) == .validationFailure {
            var message = message(for: error)
            // An argument can be read by everybody on the machine.
            if message == "Unknown option '--api-key'" {
                message += ". A key is no argument: use --api-key-file FILE or KIE_API_KEY."
            }
            Failure(code: .usage, message: message + "\nSee \(helpCommand).").exit()
        }
        guard exitCode(for: error) == .success else { exit(withError: error) }
        // What was asked for: help, the version, completions.
        let text = fittingScreen(fullMessage(for: error))
        StandardOutput.write(text + (text.hasSuffix("\n") ? "" : "\n"))
        endProcess(with: .done)
    }

    /// The list of commands without what its first lines say already, so that it fits a screen; any other text as it is.
    private static func fittingScreen(_ text: String) -> String {
        guard let options = text.firstRange(of: "OPTIONS:\n"), let commands = text.firstRange(of: "SUBCOMMANDS:\n"),
            let end = text.firstRange(of: "\n\n  See '")
        else { return text }
        return text[..<options.lowerBound] + "COMMANDS:\n" + text[commands.upperBound..<end.lowerBound]
    }

    /// A first word that is no command would be an odd argument of `serve`.
    private static func checkCommandName() throws {
        var words = CommandLine.arguments.dropFirst()
        // `help nothing` would be help about everything.
        if words.first == "help" { words.removeFirst() }
        guard let word = words.first, !word.hasPrefix("-") else { return }
        let names = configuration.subcommands.map { $0._commandName }
        if names.contains(word) || word == "help" { return }
        let nearest = names.min { word.distance(to: $0) < word.distance(to: $1) } ?? ""
        let advice =
            word.distance(to: nearest) <= 2
            ? "Did you mean \"\(nearest)\"?" : "There are \(names.joined(separator: ", "))."
        throw Failure(code: .usage, message: "there is no command \"\(word.displayable)\". \(advice)")
    }

    private static var helpCommand: String {
        let names = configuration.subcommands.map { $0._commandName }
        let command = CommandLine.arguments.dropFirst().first.flatMap { names.contains($0) ? " \($0)" : nil }
        return "cover-bridge\(command ?? "") --help"
    }
}

extension String {
    /// How many characters must be changed, added or taken away to get from one to the other (Levenshtein).
    fileprivate func distance(to other: String) -> Int {
        let target = Array(other)
        var row = Array(0...target.count)
        for (index, character) in enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for column in target.indices {
                let cost = character == target[column] ? diagonal : diagonal + 1
                diagonal = row[column + 1]
                row[column + 1] = Swift.min(cost, row[column] + 1, diagonal + 1)
            }
        }
        return row[target.count]
    }
}
