import ArgumentParser
import CoverService
import Jansson

/// Prints the protocol in a form for programs.
struct OpenRPC: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "openrpc",
        abstract: "Prints the protocol as an OpenRPC document.",
        discussion: "Example: cover-bridge openrpc | jq -r '.methods[].name'"
    )

    func run() { StandardOutput.write(OpenRPCDocument().jsonText + "\n") }
}
