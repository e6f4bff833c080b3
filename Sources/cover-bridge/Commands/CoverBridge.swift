import ArgumentParser
import CoverAPI
import CoverModel
import CoverService
import CoverTerminal

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The whole command `cover-bridge`. Without a subcommand, the command runs `serve`, so that an editor needs no
/// arguments.
struct CoverBridge: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cover-bridge",
        abstract: "Watches Suno covers on Kie.ai, for people, scripts and editors.",
        usage: "cover-bridge [--version] <command> [--help | --help-hidden] [options]",
        discussion: """
            Example, without a key:  cover-bridge watch success-6s --sandbox
            The key: --api-key-file, else KIE_API_KEY. The network: see doctor --help.
            \(ExitStatus.list)
            """,
        version: coverBridgeVersion,
        subcommands: [
            WatchCommand.self, Status.self, Download.self, Generate.self, Callback.self, Credits.self, Doctor.self,
            FleetCommand.self, Serve.self, MCP.self, LSP.self, Sandbox.self, OpenRPC.self, Replay.self,
        ],
        defaultSubcommand: Serve.self
    )

    /// Parses the arguments, and runs the command that they name. When the command has ended, the process ends.
    static func run() -> Never {
        do {
            try checkCommandName()
            let command = try parsed(joiningNumbers(Array(CommandLine.arguments.dropFirst())))
            // The servers run on the main thread, before there is any other thread. Their signal handling requires
            // this.
            if let serve = command as? Serve { serve.run() }
            if let mcp = command as? MCP { mcp.run() }
            if let lsp = command as? LSP { lsp.run() }
            launch(command)
        } catch {
            fail(error)
        }
        // `dispatchMain` would end this thread with `pthread_exit`. glibc would then load libgcc_s.so.1, and would end the
        // process if a small container has no such library.
        while true { pause() }
    }

    /// Parses the arguments. A named command is parsed by itself first, because the parser's work for `CoverBridge` takes as
    /// long as that for the command. Errors and help pages name the whole command, so the whole is parsed for them.
    private static func parsed(_ arguments: [String]) throws -> any ParsableCommand {
        let named = configuration.subcommands.first { $0.configuration.commandName == arguments.first }
        if let command = try? named?.parseAsRoot(Array(arguments.dropFirst())), type(of: command) == named {
            return command
        }
        return try parseAsRoot(arguments)
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

    /// Changes `--timeout -1` to `--timeout=-1`. Otherwise the parser would treat the number as another option, and
    /// report a missing value.
    private static func joiningNumbers(_ arguments: [String]) -> [String] {
        var joined: [String] = []
        for argument in arguments {
            if let last = joined.last, last.hasPrefix("--"), last != "--", !last.contains("="), argument.hasPrefix("-"),
                Double(argument) != nil
            {
                joined[joined.count - 1] = last + "=" + argument
            } else {
                joined.append(argument)
            }
        }
        return joined
    }

    private static func fail(_ error: any Error) -> Never {
        if let failure = Failure(known: error) { failure.exit() }
        // For a usage error, ArgumentParser has the exit code 64, but this command uses 2.
        if exitCode(for: error) == .validationFailure {
            var message = message(for: error)
            // There is no option for the key itself, because every user of the machine can read the arguments of a
            // process.
            if message == "Unknown option '--api-key'" {
                message += ". A key is no argument: use --api-key-file FILE or KIE_API_KEY."
            }
            Failure(code: .usage, message: message + "\nSee \(helpCommand).").exit()
        }
        guard exitCode(for: error) == .success else { exit(withError: error) }
        // The user asked for the help, the version, or completions.
        let text = fittingScreen(fullMessage(for: error))
        StandardOutput.write(text + (text.hasSuffix("\n") ? "" : "\n"))
        endProcess(with: .done)
    }

    /// Shortens a help page so that it fits on a screen. From the list of commands, text that repeats its first lines
    /// is removed. From the page of a command, `--version` is removed, because it would be on every page.
    private static func fittingScreen(_ text: String) -> String {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let text = lines.filter { !$0.hasPrefix("  --version  ") }.joined(separator: "\n")
        guard let options = text.firstRange(of: "OPTIONS:\n"), let commands = text.firstRange(of: "SUBCOMMANDS:\n"),
            let end = text.firstRange(of: "\n\n  See '")
        else { return text }
        let first = text[..<options.lowerBound].replacing("\n\nExample", with: "\nExample")
            .replacing("\n\nUSAGE", with: "\nUSAGE")
        return first + "COMMANDS:\n" + text[commands.upperBound..<end.lowerBound]
    }

    /// Refuses an unknown command. Otherwise it would become an argument of `serve`.
    private static func checkCommandName() throws {
        var words = CommandLine.arguments.dropFirst()
        // For `help`, the word after it is checked. Otherwise `help nothing` would print the general help.
        if words.first == "help" { words.removeFirst() }
        guard let word = words.first, !word.hasPrefix("-") else { return }
        let names = configuration.subcommands.compactMap { $0.configuration.commandName }
        if names.contains(word) || word == "help" { return }
        let nearest = Spelling.nearest(to: word, among: names)
        let advice =
            nearest.map { "Did you mean \"\($0)\"?" } ?? "There are \(names.joined(separator: ", "))."
        throw Failure(code: .usage, message: "there is no command \"\(word.displayable)\". \(advice)")
    }

    private static var helpCommand: String {
        let names = configuration.subcommands.compactMap { $0.configuration.commandName }
        let command = CommandLine.arguments.dropFirst().first.flatMap { names.contains($0) ? " \($0)" : nil }
        return "cover-bridge\(command ?? "") --help"
    }
}
