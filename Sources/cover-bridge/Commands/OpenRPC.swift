import ArgumentParser
import CoverService
import Jansson

/// The protocol for machines.
struct OpenRPC: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "openrpc",
        abstract: "Prints the protocol as an OpenRPC document.",
        discussion: "Example: cover-bridge openrpc | jq -r '.methods[].name'"
    )

    func run() { StandardOutput.write(OpenRPCDocument().jsonText + "\n") }
}
