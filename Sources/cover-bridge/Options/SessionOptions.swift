import ArgumentParser
import JSONRPC

/// How the peer is talked to.
struct SessionOptions: ParsableArguments {
    enum FramingChoice: String, ExpressibleByArgument, CaseIterable {
        case auto, ndjson
        case contentLength = "content-length"
    }

    @Option(help: "What separates messages.")
    var framing = FramingChoice.auto

    @Option(help: ArgumentHelp("The largest message that is taken.", valueName: "n"))
    var maxMessageBytes = 4 << 20

    @Option(help: ArgumentHelp("From how many unread bytes on reading pauses.", valueName: "n", visibility: .hidden))
    var maxQueuedBytes = 64 << 20

    @Flag(help: ArgumentHelp("Accepted and ignored, as editors pass it.", visibility: .hidden))
    var stdio = false

    @Option(
        name: .customLong("clientProcessId"),
        help: ArgumentHelp(
            "A process whose death ends the bridge, besides its parent's.",
            valueName: "n",
            visibility: .hidden
        )
    )
    var clientProcessId: Int32?

    func validate() throws {
        guard maxMessageBytes > 0 else { throw ValidationError("--max-message-bytes must be more than 0") }
        guard maxQueuedBytes > 0 else { throw ValidationError("--max-queued-bytes must be more than 0") }
        if let clientProcessId, clientProcessId < 1 {
            throw ValidationError("--clientProcessId must be the number of a process")
        }
    }

    var configuration: Session.Configuration {
        var configuration = Session.Configuration()
        configuration.framing = Framing(rawValue: framing.rawValue)
        configuration.maximumMessageBytes = maxMessageBytes
        configuration.maximumQueuedBytes = maxQueuedBytes
        return configuration
    }
}
