import CoverAPI
import CoverFleet
import CoverJournal
import CoverModel

/// The address of the API, and the settings for its use.
struct Connection: Sendable {
    /// The endpoint from the option. Nil means the endpoint from the environment, or the default.
    var endpoint: String?
    var apiKeyFile: String?
    var webhookKeyFile: String?
    /// The file of the authorities to trust. Nil means the authorities of the environment or of the system.
    var caFile: String?
    var sandbox = false
    /// How a peer may send the API key, for the error about a missing key. Nil means that a peer cannot send a key.
    var peersKey: String?
    /// The path of the API under which records are queried.
    var recordAPI = RecordAPI.cover
    /// The rate limit in queries per second. Nil means the default.
    var rate: Double?
    /// Whether this process may be in a fleet.
    var joinsFleet = true
    /// The store of the fleet from the option. Nil means the store from the environment, or no fleet.
    var fleet: String?
    /// The file with the password of the fleet's Redis.
    var fleetPasswordFile: String?
    /// The least number of bridges to assume while the store of the fleet does not answer. Nil means the default.
    var fleetSize: Int?
    /// The seconds between two polls of a task. Nil means the default.
    var interval: Double?
    /// The file of a persistent journal; nil for a journal in memory.
    var journal: String?
    /// Whether the command may continue without the journal if another process uses the journal.
    var mayMissJournal = false

    /// The endpoint to use: from the option, otherwise from the environment, otherwise the default.
    var chosenEndpoint: String {
        let named = endpoint ?? Environment.variable(Self.endpointVariable)
        return named.map(CoverClient.cleaned) ?? "https://api.kie.ai"
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
        guard joinsFleet, let text = fleet ?? Environment.variable(FleetOptions.variable) else { return nil }
        let source = fleetSource
        let address: FleetAddress
        do throws(FleetStoreError) { address = try FleetAddress(parsing: text, isPublic: fleet != nil) } catch {
            throw Failure(code: .usage, message: "\(source): \(error.message)")
        }
        return FleetConnection(address: address, access: redisAccess, expectedBridges: fleetSize ?? 1)
    }

    /// The option or variable that names the fleet.
    private var fleetSource: String { fleet == nil ? FleetOptions.variable : "--fleet" }

    /// The access to the fleet's Redis: the password from the option, and the same authorities as for the servers of
    /// the API.
    private var redisAccess: RedisAccess {
        RedisAccess(
            password: { [fleetPasswordFile] () throws(FleetStoreError) in
                guard let fleetPasswordFile else { return nil }
                do throws(CoverError) { return try PasswordFile.password(in: fleetPasswordFile) } catch {
                    throw FleetStoreError(.unusable, error.message)
                }
            },
            trust: redisTrust
        )
    }

    /// The checks of the certificate of the fleet's Redis, which are the same as for the API.
    private var redisTrust: RedisTrust {
        RedisTrust { [network] () throws(FleetStoreError) in
            do throws(CoverError) { return try network.tls() } catch {
                throw FleetStoreError(.unusable, error.message)
            }
        } mismatch: { certificate, host in
            NetworkSettings.mismatch(of: certificate, with: host)?.message
        } fault: { [network] chain, host in
            network.fault(of: chain, for: host)?.message
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

    /// The files that are only read.
    var readFiles: [String] { [apiKeyFile, webhookKeyFile, fleetPasswordFile, caFile].compactMap(\.self) }

    /// Refuses options that use the same file, or the file that standard output or standard error goes to.
    ///
    /// - Parameter recording: the file of the option `--record`; nil for none.
    /// - Throws: ``Failure`` with code 2.
    func checkFiles(recording: String? = nil) throws(Failure) {
        var files = WrittenFiles()
        try files.add(journal.map(SQLiteJournal.files) ?? [], "--journal")
        // An address that cannot be read is reported where the fleet is entered.
        try files.add((try? fleetConnection())?.address.files ?? [], fleetSource)
        try files.add(recording.map { [$0] } ?? [], "--record")
    }

    /// Refuses a secret in the place of a file's name, and an endpoint with a password.
    ///
    /// - Throws: ``Failure`` with code 2, without the secret.
    func checkSecrets() throws(Failure) {
        if let endpoint {
            do throws(CoverError) { try CoverClient.check(endpoint: endpoint) } catch {
                throw Failure(code: .usage, message: "--endpoint: \(error.message)")
            }
        }
        let files = [("key", apiKeyFile), ("webhook key", webhookKeyFile), ("password", fleetPasswordFile)]
        for case (let content, let file?) in files {
            do throws(SecretFile.Fault) { try SecretFile(content, at: file).checkName() } catch {
                throw Failure(code: .usage, message: error.message)
            }
        }
    }

    /// Refuses settings of the network that cannot be used. This method may wait for a pipe. So it must be called
    /// before signals are caught, because a signal can then end the wait.
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
