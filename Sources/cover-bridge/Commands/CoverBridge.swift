import ArgumentParser
import CoverAPI
import CoverModel
import CoverService
import CoverTerminal
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
            The key: --api-key-file, else KIE_API_KEY. The network: see doctor --help.
            \(ExitStatus.list)
            """,
        version: coverBridgeVersion,
        subcommands: [
            WatchCommand.self, Status.self, Download.self, Generate.self, Callback.self, Credits.self, Doctor.self,
            Serve.self,
            MCP.self, Sandbox.self, OpenRPC.self, Replay.self,
        ],
        defaultSubcommand: Serve.self
    )

    /// Parses the arguments and runs the command that they name; the process ends when it does.
    static func run() -> Never {
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

    /// The list of commands without what its first lines say already, and the page of a command without the version, which is the same
    /// for all: so each fits a screen.
    private static func fittingScreen(_ text: String) -> String {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let text = lines.filter { !$0.hasPrefix("  --version  ") }.joined(separator: "\n")
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
        let names = configuration.subcommands.compactMap { $0.configuration.commandName }
        if names.contains(word) || word == "help" { return }
        let nearest = Spelling.nearest(to: word, among: names) ?? ""
        let advice =
            Spelling.distance(word, nearest) <= 2
            ? "Did you mean \"\(nearest)\"?" : "There are \(names.joined(separator: ", "))."
        throw Failure(code: .usage, message: "there is no command \"\(word.displayable)\". \(advice)")
    }

    private static var helpCommand: String {
        let names = configuration.subcommands.compactMap { $0.configuration.commandName }
        let command = CommandLine.arguments.dropFirst().first.flatMap { names.contains($0) ? " \($0)" : nil }
        return "cover-bridge\(command ?? "") --help"
    }
}
