import CoverAPI
import CoverModel

/// Where the API is, and how it is asked.
struct Connection: Sendable {
    /// nil: by the environment, else the real one.
    var endpoint: String?
    var apiKeyFile: String?
    var webhookKeyFile: String?
    /// The authorities to trust instead of the environment's or the system's.
    var caFile: String?
    var sandbox = false
    /// Whether a peer may bring the API key with it.
    var acceptsKey = false
    /// Where the records are asked for.
    var recordAPI = RecordAPI.cover
    /// Queries per second at most.
    var rate = Limits.rate
    /// Seconds between two looks at a task; nil: not said.
    var interval: Double?
    /// The file of a persistent journal.
    var journal: String?

    /// The endpoint asked for, by option or environment.
    var chosenEndpoint: String {
        endpoint ?? Environment.variable(Self.endpointVariable) ?? "https://api.kie.ai"
    }

    /// What says which endpoint; nil where it is the real one.
    var endpointSource: String? {
        if endpoint != nil { return "--endpoint" }
        return Environment.variable(Self.endpointVariable).map { _ in Self.endpointVariable }
    }

    private static let endpointVariable = "KIE_API_ENDPOINT"

    var defaultInterval: Duration { interval.map { .seconds($0) } ?? .seconds(Limits.interval) }

    /// How often a task is asked about that is waited for. The sandbox's tasks take seconds, and asking it costs nobody anything.
    var waitInterval: Duration { interval == nil && sandbox ? .milliseconds(250) : defaultInterval }

    /// Proxies and trusted authorities, as the options and the environment have them.
    var network: NetworkSettings {
        NetworkSettings(caFile: caFile, caFileName: "--ca-file", variable: Environment.variable)
    }

    /// The key that callbacks are signed with.
    var webhookCredentials: Credentials {
        let variable = "KIE_WEBHOOK_KEY"
        return Credentials(file: webhookKeyFile, variable: variable, value: Environment.variable(variable) ?? "")
    }

    var credentials: Credentials {
        if sandbox { return Credentials(environment: APIKey("sandbox")) }
        let variables = Environment.variable("KIE_API_KEY").map { ["KIE_API_KEY": $0] }
        var credentials = Credentials(file: apiKeyFile, variables: variables ?? [:])
        credentials.ways = ["with --api-key-file FILE", "in the environment variable KIE_API_KEY"]
        if acceptsKey { credentials.ways.append("as apiKey in the initialize request") }
        return credentials
    }
}
