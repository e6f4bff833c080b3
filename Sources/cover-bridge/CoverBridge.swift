import ArgumentParser
import CoverAPI

/// The command. Without a subcommand it is `serve`, so that an editor needs no arguments.
@main
struct CoverBridge: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cover-bridge",
        abstract: "Follows Suno cover tasks on Kie.ai for editors and scripts: JSON-RPC 2.0 on stdin and stdout.",
        discussion: """
            Try it without a key:
              printf '{"jsonrpc":"2.0","id":1,"method":"cover/status","params":{"taskId":"success-0s"}}\\n' \\
                | cover-bridge serve --sandbox

            The key comes from --api-key-file, else KIE_API_KEY, else the request `initialize`; never from an argument.

            Exit codes: 0 done, 1 a task failed (serve: exit without shutdown), 2 usage, 3 key missing or refused,
            4 not found, 5 timeout, 6 the API could not be reached, 75 the peer stopped reading, 130 interrupted.
            """,
        version: coverBridgeVersion,
        subcommands: [Serve.self, Sandbox.self, OpenRPC.self],
        defaultSubcommand: Serve.self
    )

    static func main() async {
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch let failure as Failure {
            failure.exit()
        } catch {
            // ArgumentParser's own code for a usage error is 64; this command's is 2.
            if exitCode(for: error) == .validationFailure {
                Failure(code: .usage, message: message(for: error)).exit()
            }
            exit(withError: error)
        }
    }
}
