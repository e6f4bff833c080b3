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

    @Flag(help: ArgumentHelp("Accepted and ignored, as editors pass it.", visibility: .hidden))
    var stdio = false

    @Option(
        name: .customLong("clientProcessId"),
        help: ArgumentHelp(
            "A process whose death ends the bridge, besides its parent's (from 1).",
            valueName: "n",
            visibility: .hidden
        )
    )
    var clientProcessId: Int64?

    /// The allowed message sizes. No real message is larger.
    static let messageBytes = 1...(1 << 30)
    private static let queuedBytes = 1...(1 << 40)

    func validate() throws {
        try Self.checkMessageBytes(maxMessageBytes)
        guard Self.queuedBytes.contains(maxQueuedBytes) else {
            throw ValidationError("--max-queued-bytes must be from 1 to \(Self.queuedBytes.upperBound)")
        }
        try Self.checkProcess(clientProcessId)
    }

    static func checkProcess(_ number: Int64?) throws {
        if let number, number < 1 { throw ValidationError("--clientProcessId must be the number of a process") }
    }

    static func checkMessageBytes(_ count: Int) throws {
        guard messageBytes.contains(count) else {
            throw ValidationError("--max-message-bytes must be from 1 to \(messageBytes.upperBound)")
        }
    }

    /// The number of the client's process; nil if no process of this system can have the number.
    var clientProcess: Int32? { clientProcessId.flatMap(Int32.init(exactly:)) }

    var configuration: Session.Configuration {
        var configuration = Session.Configuration.command
        configuration.framing = Framing(rawValue: framing.rawValue)
        configuration.maximumMessageBytes = maxMessageBytes
        configuration.maximumQueuedBytes = maxQueuedBytes
        return configuration
    }
}
