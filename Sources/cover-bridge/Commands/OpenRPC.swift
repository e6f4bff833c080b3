import ArgumentParser
import CoverService
import Jansson

/// The protocol for machines.
struct OpenRPC: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "openrpc",
        abstract: "Prints the OpenRPC document of the protocol, as rpc.discover answers it.",
        discussion: "Example: cover-bridge openrpc | jq -r '.methods[].name'"
    )

    func run() { StandardOutput.write(OpenRPCDocument().jsonText + "\n") }
}
