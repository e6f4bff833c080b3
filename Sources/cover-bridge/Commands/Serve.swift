import ArgumentParser

/// Runs the bridge on standard input and output.
struct Serve: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "The bridge on stdin and stdout.",
        usage: "cover-bridge serve [options]",
        discussion: """
            Example:
              echo '{"jsonrpc":"2.0","id":1,"method":"ping"}' | cover-bridge serve
            """
    )

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var session: SessionOptions
    @OptionGroup(visibility: .hidden) var editor: EditorOptions
    @OptionGroup var logging: LogOptions
    @Option(
        help: ArgumentHelp(
            "Write the session there, without keys, in place of an older one; see replay.",
            valueName: "file"
        ),
        completion: .file(),
        transform: FilePath.read
    )
    var record: String?

    func run() -> Never {
        Server(
            connection: connection.connection,
            session: session.configuration,
            clientProcess: editor.clientProcess,
            log: logging.settings,
            recording: record
        ).run()
    }
}
