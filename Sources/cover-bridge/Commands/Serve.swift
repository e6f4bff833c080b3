import ArgumentParser

/// The bridge on stdin and stdout.
struct Serve: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "The bridge on stdin and stdout.",
        discussion: """
            Example:
              echo '{"jsonrpc":"2.0","id":1,"method":"ping"}' | cover-bridge serve
            """
    )

    @OptionGroup(title: "Connection") var connection: ConnectionOptions
    @OptionGroup(title: "Session") var session: SessionOptions
    @OptionGroup(title: "Logging") var logging: LogOptions

    func run() -> Never {
        logging.apply()
        Server(
            connection: connection.connection,
            session: session.configuration,
            clientProcess: session.clientProcessId
        ).run()
    }
}
