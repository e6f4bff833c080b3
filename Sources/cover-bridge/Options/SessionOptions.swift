import ArgumentParser
import JSONRPC

/// The settings of the session with the peer.
struct SessionOptions: ParsableArguments {
    enum FramingChoice: String, ExpressibleByArgument, CaseIterable {
        case auto, ndjson
        case contentLength = "content-length"
    }

    @Option(help: "What separates messages.")
    var framing = FramingChoice.auto

    @Option(
        help: ArgumentHelp(
            "The largest message that is accepted (1 to 1073741824).",
            valueName: "n",
            visibility: .hidden
        )
    )
    var maxMessageBytes = Session.Configuration().maximumMessageBytes

    @Option(
        help: ArgumentHelp(
            "Reading pauses above this many unread bytes (1 to 1099511627776).",
            valueName: "n",
            visibility: .hidden
        )
    )
    var maxQueuedBytes = Session.Configuration().maximumQueuedBytes

    /// The allowed message sizes. No real message is larger.
    static let messageBytes = 1...(1 << 30)
    private static let queuedBytes = 1...(1 << 40)

    func validate() throws {
        try Self.checkMessageBytes(maxMessageBytes)
        guard Self.queuedBytes.contains(maxQueuedBytes) else {
            throw ValidationError("--max-queued-bytes must be from 1 to \(Self.queuedBytes.upperBound)")
        }
    }

    static func checkMessageBytes(_ count: Int) throws {
        guard messageBytes.contains(count) else {
            throw ValidationError("--max-message-bytes must be from 1 to \(messageBytes.upperBound)")
        }
    }

    var configuration: Session.Configuration {
        var configuration = Session.Configuration.command
        configuration.framing = Framing(rawValue: framing.rawValue)
        configuration.maximumMessageBytes = maxMessageBytes
        configuration.maximumQueuedBytes = maxQueuedBytes
        return configuration
    }
}
