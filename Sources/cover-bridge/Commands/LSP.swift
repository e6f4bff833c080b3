import ArgumentParser
import CoverLSP
import CoverModel
import CoverSandbox
import CoverWatch
import JSONRPC

/// Runs the bridge as a language server, for every editor that has a client of the Language Server Protocol.
struct LSP: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lsp",
        abstract: "The same service as a language server for editors.",
        usage: "cover-bridge lsp [options]",
        discussion: """
            Example, as an editor's configuration has it:
              cover-bridge lsp --api-key-file ~/.config/kie-key
            """
    )

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var logging: LogOptions

    @Option(
        help: ArgumentHelp(
            "The largest message that is accepted (1 to 1073741824).",
            valueName: "n",
            visibility: .hidden
        )
    )
    var maxMessageBytes = 256 << 20

    @OptionGroup var editor: EditorOptions

    /// The poll interval in the sandbox, whose tasks take seconds.
    private static let sandboxInterval = 0.5

    func validate() throws {
        try SessionOptions.checkMessageBytes(maxMessageBytes)
    }

    func run() -> Never {
        var session = Session.Configuration.command
        session.framing = .contentLength
        session.acceptsNullID = false
        // A document may contain invalid text, because an editor can open any file.
        session.repairsText = true
        session.maximumMessageBytes = maxMessageBytes
        var connection = connection.connection
        connection.mayMissJournal = true
        if connection.sandbox, connection.interval == nil { connection.interval = Self.sandboxInterval }
        Server(
            frontend: { [connection] in
                LSPServer(service: $0.service, configuration: Self.configuration($0, connection))
            },
            expected: "messages of the Language Server Protocol",
            peersKey: "as apiKeyFile in initializationOptions",
            connection: connection,
            session: session,
            clientProcess: editor.clientProcess,
            // LSP 3.17, `InitializeParams`: if the client's process is not alive, the server ends.
            isPeerHere: true,
            log: logging.settings
        ).run()
    }

    private static func configuration(_ bridge: Bridge, _ connection: Connection) -> LSPServer.Configuration {
        var configuration = LSPServer.Configuration()
        if connection.sandbox { configuration.scenarios = SandboxScenario.Kind.allCases.map(\.rawValue) }
        configuration.home = HomePath.variable
        if let fault = bridge.journalFault {
            configuration.notices = ["Cover Bridge continues without its journal: \(fault.message)"]
        }
        return configuration
    }
}
