public import ArgumentParser
public import CoverAPI
import CoverModel

/// The address of the API, the key, and the rate limit.
struct ClientOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The API: https, or http on this machine.", valueName: "url"))
    var endpoint: String?

    @Option(
        help: ArgumentHelp("The key's file; read again when it is refused.", valueName: "file"),
        completion: .file(),
        transform: FilePath.read
    )
    var apiKeyFile: String?

    @Option(
        help: ArgumentHelp(
            "The key that callbacks are signed with, else KIE_WEBHOOK_KEY.",
            valueName: "file",
            visibility: .hidden
        ),
        completion: .file(),
        transform: FilePath.read
    )
    var webhookKeyFile: String?

    @Option(
        help: ArgumentHelp("Trust these certificate authorities (PEM).", valueName: "file"),
        completion: .file(),
        transform: FilePath.read
    )
    var caFile: String?

    @Flag(help: "Use the built-in pretend API: no key, no network.")
    var sandbox = false

    @Option(
        help: ArgumentHelp(
            "The records to read; auto: the market's where there is no other.",
            valueName: "api",
            visibility: .hidden
        )
    )
    var recordApi = RecordAPI.cover

    @Option(
        help: ArgumentHelp("Queries per second at most (0.001 to 1000000).", valueName: "n", visibility: .hidden),
        transform: DecimalNumber.read
    )
    var rate: Double?

    @OptionGroup var fleet: FleetOptions

    func validate() throws {
        guard rate.map({ Limits.rates ~= $0 }) ?? true else {
            throw ValidationError("--rate must be from 0.001 to 1000000 queries per second")
        }
        if sandbox, endpoint != nil { throw ValidationError("--sandbox and --endpoint exclude each other") }
    }

    var connection: Connection {
        Connection(
            endpoint: endpoint,
            apiKeyFile: apiKeyFile,
            webhookKeyFile: webhookKeyFile,
            caFile: caFile,
            sandbox: sandbox,
            recordAPI: recordApi,
            rate: rate,
            fleet: fleet.fleet,
            fleetPasswordFile: fleet.fleetPasswordFile,
            fleetSize: fleet.fleetSize
        )
    }
}

extension RecordAPI: ExpressibleByArgument {}
