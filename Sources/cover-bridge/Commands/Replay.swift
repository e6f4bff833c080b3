import ArgumentParser
import CoverAPI
import CoverModel
import CoverTerminal
import JSONRPC
import Jansson
import Logging
import SessionRecording

/// Replays the recorded session of a bug report as a test.
struct Replay: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Replays a recorded session, and compares.",
        usage: "cover-bridge replay <file> [options]",
        discussion: """
            Example:
              cover-bridge serve --sandbox --record session.jsonl   # as the editor does
              cover-bridge replay session.jsonl
            Times, ports and epochs do not count. Exit codes: 0 the same, 1 differences.
            """
    )

    @Argument(
        help: ArgumentHelp("A file from serve --record; - is stdin.", valueName: "file"),
        completion: .file(),
        transform: FilePath.read
    )
    var file: String
    @Flag(help: "JSON: {\"compared\": n, \"differences\": [text]}.")
    var json = false

    /// The largest recording, in bytes.
    private static let largest = 256 << 20

    func run() async throws {
        let recording = try Self.transcript(String(decoding: try content(), as: UTF8.self), file)
        LoggingSystem.bootstrap { _ in SwiftLogNoOpLogHandler() }
        var options = ["--sandbox"]
        if let interval = recording.interval { options += ["--interval", "\(interval)"] }
        var connection = try ConnectionOptions.parse(options).connection
        // The replay does not join a fleet, because the recording is compared with a bridge that works alone.
        connection.joinsFleet = false
        let settings = connection
        var session = Session.Configuration.command
        session.framing = .newlineDelimited
        if let limit = recording.maximumMessageBytes { session.maximumMessageBytes = limit }
        let (isJSON, configuration) = (json, session)
        try await Signals.endingEarly("interrupted; nothing was compared. Run it again.") {
            try await Bridge.withEndpoint(settings) { endpoint in
                let bridge = try Bridge(endpoint: endpoint, connection: settings, session: configuration)
                let scratch = try ScratchFolder()
                let runner = ReplayRunner(recording, directory: scratch.path)
                let actual = await runner.run(bridge.service, bridge.engine, session: configuration)
                scratch.remove()
                await bridge.client.shutdown()
                // If a signal has interrupted the replay, the session cannot be compared.
                try Task.checkCancellation()
                let comparison = Comparison(expected: recording.expected, actual: actual)
                Self.show(comparison, isJSON: isJSON)
                endProcess(with: comparison.differences.isEmpty ? .done : .failed)
            }
        }
    }

    private func content() throws(Failure) -> [UInt8] {
        if file == "-" { return try InputFile.standardInput("the recording", limit: Self.largest) }
        do throws(FileError) { return try InputFile.bytes(of: file, limit: Self.largest) } catch {
            let message = "cannot read \(file): \(error.reason). Name what serve --record wrote."
            throw Failure(code: .usage, message: message)
        }
    }

    private static func transcript(_ text: String, _ path: String) throws(Failure) -> Transcript {
        do throws(TranscriptError) { return try Transcript(text) } catch {
            switch error {
            case .noTranscript(let line):
                throw Failure(
                    code: .usage,
                    message: "\(path):\(line): this is no line of a recording. Record one with serve --record FILE."
                )
            case .nothingSent: throw Failure(code: .usage, message: "\(path): nothing was sent in this session.")
            }
        }
    }

    private static func show(_ comparison: Comparison, isJSON: Bool) {
        if isJSON {
            var writer = JSONWriter()
            writer.object {
                $0.member("compared", comparison.compared)
                $0.member("differences", comparison.differences)
            }
            StandardOutput.write(String(decoding: writer.bytes, as: UTF8.self) + "\n")
        } else {
            // A recording may come from a stranger, so control characters in its text must not reach the terminal.
            StandardOutput.write(lines: comparison.differences.map(\.displayable))
            let messages = Formatting.count(comparison.compared, "message", "messages")
            let differences = Formatting.count(comparison.differences.count, "difference", "differences")
            StandardOutput.write("\(messages) compared, \(differences)\n")
        }
    }
}
