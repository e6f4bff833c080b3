import CoverAPI
import CoverFleet
import CoverModel

/// The address of the API, and how it is used.
struct Connection: Sendable {
    /// The endpoint of the option; nil for that of the environment or the default.
    var endpoint: String?
    var apiKeyFile: String?
    var webhookKeyFile: String?
    /// The authorities to trust instead of the environment's or the system's.
    var caFile: String?
    var sandbox = false
    /// How a peer may give the API key, for the error about a missing key; nil: it may not.
    var peersKey: String?
    /// Where records are queried.
    var recordAPI = RecordAPI.cover
    /// The rate limit in queries per second.
    var rate = Limits.rate
    /// Whether this process may be in a fleet.
    var joinsFleet = true
    /// The store of the fleet of the option; nil for that of the environment, or none.
    var fleet: String?
    /// The file with the password of the fleet's Redis.
    var fleetPasswordFile: String?
    /// How many bridges to expect at least while the store of the fleet is away; nil for the default.
    var fleetSize: Int?
    /// Seconds between two polls of a task; nil for the default.
    var interval: Double?
    /// The file of a persistent journal; nil for a journal in memory.
    var journal: String?
    /// Whether to continue without the journal if another process uses it.
    var mayMissJournal = false

    /// The endpoint of the option, or of the environment, or the default.
    var chosenEndpoint: String {
        endpoint ?? Environment.variable(Self.endpointVariable) ?? "https://api.kie.ai"
    }

    /// The option or variable that set the endpoint; nil for the default.
    var endpointSource: String? {
        if endpoint != nil { return "--endpoint" }
        return Environment.variable(Self.endpointVariable).map { _ in Self.endpointVariable }
    }

    private static let endpointVariable = "KIE_API_ENDPOINT"

    /// The fleet of the option or the environment; nil for none.
    ///
    /// - Throws: ``Failure`` with code 2 if the text is no address of a store.
    func fleetConnection() throws(Failure) -> FleetConnection? {
        let variable = FleetOptions.variable
        guard joinsFleet, let text = fleet ?? Environment.variable(variable) else { return nil }
        do throws(FleetStoreError) {
            let address = try FleetAddress(parsing: text, isPublic: fleet != nil)
            return FleetConnection(address: address, access: redisAccess, expectedBridges: fleetSize ?? 1)
        } catch {
            throw Failure(code: .usage, message: "\(fleet == nil ? variable : "--fleet"): \(error.message)")
        }
    }

    /// The password of the option, and the authorities that the API's servers are checked with.
    private var redisAccess: RedisAccess {
        RedisAccess { [fleetPasswordFile] () throws(FleetStoreError) in
            guard let fleetPasswordFile else { return nil }
            do throws(CoverError) { return try PasswordFile.password(in: fleetPasswordFile) } catch {
                throw FleetStoreError(.unusable, error.message)
            }
        } tls: { [network] () throws(FleetStoreError) in
            do throws(CoverError) { return try network.tls() } catch {
                throw FleetStoreError(.unusable, error.message)
            }
        }
    }

    var defaultInterval: Duration { interval.map { .seconds($0) } ?? .seconds(Limits.interval) }

    /// The poll interval for a waiting call. It is short in the sandbox, whose tasks take seconds and whose queries
    /// cost nothing.
    var waitInterval: Duration { interval == nil && sandbox ? .milliseconds(250) : defaultInterval }

    /// The proxies and trusted authorities of the options and the environment.
    var network: NetworkSettings {
        NetworkSettings(caFile: caFile, caFileName: "--ca-file", variable: Environment.value)
    }

    /// Refuses settings of the network that cannot be used. This may wait for a pipe, so call it before signals are caught:
    /// they then end the wait.
    ///
    /// - Throws: `badRequest`.
    func checkNetwork() throws(CoverError) {
        if !sandbox { try network.check(endpoint: chosenEndpoint) }
    }

    /// The source of the webhook key.
    var webhookCredentials: Credentials {
        let variable = "KIE_WEBHOOK_KEY"
        return Credentials(file: webhookKeyFile, variable: variable, value: Environment.variable(variable) ?? "")
    }

    var credentials: Credentials {
        if sandbox { return Credentials(environment: APIKey("sandbox")) }
        let variables = Environment.variable("KIE_API_KEY").map { ["KIE_API_KEY": $0] }
        var credentials = Credentials(file: apiKeyFile, variables: variables ?? [:])
        credentials.ways = ["with --api-key-file FILE", "in the environment variable KIE_API_KEY"]
        if let peersKey { credentials.ways.append(peersKey) }
        return credentials
    }
}
