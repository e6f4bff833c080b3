import ArgumentParser
import CoverMCP
import JSONRPC

/// Runs the bridge as an MCP server, for AI hosts and editors.
struct MCP: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mcp",
        abstract: "The same service as an MCP server on stdin and stdout.",
        usage: "cover-bridge mcp [options]",
        discussion: """
            Example:
              cover-bridge mcp --api-key-file ~/.config/kie-key --print-config
            """
    )

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var logging: LogOptions

    @Flag(help: "Print the entry for a host's configuration, with these options, and end.")
    var printConfig = false

    @Option(
        help: ArgumentHelp(
            "The largest message that is accepted (1 to 1073741824).",
            valueName: "n",
            visibility: .hidden
        )
    )
    var maxMessageBytes = 4 << 20

    @Flag(help: "Accepted and ignored, as hosts pass it.")
    var stdio = false

    func validate() throws {
        try SessionOptions.checkMessageBytes(maxMessageBytes)
    }

    func run() -> Never {
        if printConfig {
            do { try connection.client.connection.checkSecrets() } catch { Failure(error).exit() }
            StandardOutput.write(HostConfiguration(CommandLine.arguments).text)
            endProcess(with: .done)
        }
        var session = Session.Configuration.command
        session.framing = .newlineDelimited
        session.cancellation = .modelContext
        session.acceptsNullID = false
        session.maximumMessageBytes = maxMessageBytes
        Server(
            frontend: { MCPServer(service: $0.service) },
            expected: "Model Context Protocol requests",
            peersKey: nil,
            connection: connection.connection,
            session: session,
            log: logging.settings
        ).run()
    }
}
