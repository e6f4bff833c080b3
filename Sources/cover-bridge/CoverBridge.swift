import ArgumentParser
import CoverAPI
import Dispatch

/// The command. Without a subcommand it is `serve`, so that an editor needs no arguments.
struct CoverBridge: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cover-bridge",
        abstract: "Follows Suno covers on Kie.ai: JSON-RPC 2.0 on stdin and stdout.",
        discussion: """
            Try it without a key:
              echo '{"jsonrpc":"2.0","id":1,"method":"ping"}' | cover-bridge --sandbox

            The key: --api-key-file, else KIE_API_KEY, else `initialize`; never an argument.
            Other variables: KIE_API_ENDPOINT, and the usual proxies.

            Exit codes:
              0 done                      4 not found
              1 a task failed (serve:     5 timeout
                exit without shutdown)    6 the API could not be reached
              2 usage                    75 the peer stopped reading
              3 key missing or refused  130 interrupted
            """,
        version: coverBridgeVersion,
        subcommands: [Serve.self, MCP.self, Sandbox.self, OpenRPC.self],
        defaultSubcommand: Serve.self
    )

    /// Parses the arguments and runs the command that they name; the process ends when it does.
    static func run() -> Never {
        do {
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
        if let failure = error as? Failure { failure.exit() }
        // ArgumentParser's own code for a usage error is 64; this command's is 2.
        if exitCode(for: error) == .validationFailure {
            Failure(code: .usage, message: message(for: error)).exit()
        }
        exit(withError: error)
    }
}
