import ArgumentParser
import CoverModel

/// The address of the API, the settings for its use, and the place where results are stored.
struct ConnectionOptions: ParsableArguments {
    @OptionGroup var client: ClientOptions

    @Option(
        help: ArgumentHelp("Seconds between polls (1 to 86400); else 30.", valueName: "s"),
        transform: DecimalNumber.read
    )
    var interval: Double?

    @Option(
        help: ArgumentHelp("Keep watches and changes there, over restarts.", valueName: "file"),
        completion: .file(),
        transform: FilePath.read
    )
    var journal: String?

    func validate() throws {
        if journal?.isEmpty ?? false { throw ValidationError("--journal needs the name of a file") }
        if let interval, !Limits.intervals(inSandbox: client.sandbox).contains(interval) {
            throw ValidationError("--interval must be from 1 to 86400 seconds (from 0.05 in the sandbox)")
        }
    }

    var connection: Connection {
        var connection = client.connection
        connection.interval = interval
        connection.journal = journal
        return connection
    }
}
