import CoverAPI

/// Where the API is, and how it is asked.
struct Connection: Sendable {
    /// nil: by the environment, else the real one.
    var endpoint: String?
    var apiKeyFile: String?
    var sandbox = false
    /// Queries per second at most.
    var rate = 10.0
    /// Seconds between two looks at a task; nil: not said.
    var interval: Double?
    /// The file of a persistent journal.
    var journal: String?

    /// The endpoint asked for, by option or environment.
    var chosenEndpoint: String {
        endpoint ?? Environment.variable("KIE_API_ENDPOINT") ?? "https://api.kie.ai"
    }

    var defaultInterval: Duration { interval.map { .seconds($0) } ?? .seconds(30) }

    /// How often a task is asked about that is waited for. The sandbox's tasks take seconds, and asking it costs nobody anything.
    var waitInterval: Duration { interval == nil && sandbox ? .milliseconds(250) : defaultInterval }

    var credentials: Credentials {
        if sandbox { return Credentials(environment: APIKey("sandbox")) }
        return Credentials(file: apiKeyFile, environment: Environment.variable("KIE_API_KEY").flatMap(APIKey.init))
    }
}
