public import ArgumentParser
public import CoverAPI

/// ``Connection`` as options.
struct ConnectionOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Where the API is: https, or http on this machine.", valueName: "url"))
    var endpoint: String?

    @Option(help: ArgumentHelp("A file that holds the key; read again when the API refuses it.", valueName: "file"))
    var apiKeyFile: String?

    @Flag(help: "Start the pretend API inside the process and use it: no key, no network.")
    var sandbox = false

    @Option(
        help: ArgumentHelp(
            "Which records are read: cover, market, or auto: the market's where the cover API knows none.",
            valueName: "api"
        )
    )
    var recordApi = RecordAPI.cover

    @Option(help: ArgumentHelp("Queries per second at most.", valueName: "n"))
    var rate = 10.0

    @Option(help: ArgumentHelp("Seconds between two looks at a task, where a watch names none.", valueName: "s"))
    var interval: Double?

    @Option(help: ArgumentHelp("Keep watches and changes in this file (SQLite), over restarts.", valueName: "file"))
    var journal: String?

    func validate() throws {
        guard rate > 0, rate.isFinite else { throw ValidationError("--rate must be more than 0 queries per second") }
        let intervals = sandbox ? 0.05...86_400 : 1...86_400
        if let interval, !intervals.contains(interval) {
            throw ValidationError("--interval must be from 1 to 86400 seconds (from 0.05 in the sandbox)")
        }
        if sandbox, endpoint != nil { throw ValidationError("--sandbox and --endpoint exclude each other") }
    }

    var connection: Connection {
        Connection(
            endpoint: endpoint,
            apiKeyFile: apiKeyFile,
            sandbox: sandbox,
            recordAPI: recordApi,
            rate: rate,
            interval: interval,
            journal: journal
        )
    }
}

extension RecordAPI: ExpressibleByArgument {}
