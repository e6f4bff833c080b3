import ArgumentParser
import CoverSandbox
import CoverTerminal

/// Runs the pretend API as an HTTP server.
struct Sandbox: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sandbox",
        abstract: "The pretend API as an HTTP server: no key needed.",
        discussion: """
            Example:
              cover-bridge sandbox --port 8080 &
              KIE_API_KEY=any cover-bridge --endpoint http://127.0.0.1:8080

            What a task does is read from its id, SCENARIO[-Ns][-anything]:
              success fail pending generating missing late empty flicker
              ratelimit maintenance servererror garbage cutoff
              unauthorized nocredits disabled slow
            A cover that is ordered does what its music task's id says, and its end is
            POSTed to a callback URL on this machine: [CALLBACK-][SCENARIO[-Ns]-]anything.
            CALLBACK: signed forged stale twice early never
            """
    )

    @Option(help: ArgumentHelp("The port (to 65535); 0 picks a free one. The address is printed.", valueName: "n"))
    var port = 0

    @Option(
        help: ArgumentHelp("Sign callbacks with the key in this file.", valueName: "file"),
        completion: .file(),
        transform: FilePath.read
    )
    var webhookKeyFile: String?

    func run() async throws {
        let webhookKey = try webhookKeyFile.map(InputFile.webhookKey)
        let ports = SandboxServer.started(on: port, webhookKey: webhookKey)
        do {
            _ = try await Signals.cancelling {
                for try await port in ports { StandardOutput.write("http://127.0.0.1:\(port)\n") }
            }
        } catch let error as SandboxError {
            throw Failure(code: .usage, message: error.message)
        }
    }
}
