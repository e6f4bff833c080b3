import CoverModel

extension CoverClient {
    /// The settings of a client.
    public struct Configuration: Sendable {
        /// The address of the API; a path in it comes before the API's own paths. It must be https, or http on this
        /// machine.
        public var endpoint = "https://api.kie.ai"
        /// Where the record of a task is queried.
        public var recordAPI = RecordAPI.cover
        /// The rate limit for everything that this client does, in queries per second.
        public var rate = Limits.rate
        /// How many queries may be sent at once after a time without queries. Nil means the number that `rate` allows
        /// in a tenth of a second, but at least one.
        public var burst: Double?
        /// ``burst``, or the default for nil.
        package var effectiveBurst: Double { burst ?? max(1, rate / 10) }
        /// The time limit of one HTTP request, from when it is sent.
        public var requestTimeout: Duration = .seconds(30)
        /// How long the host of an image may send nothing, from the start of the download on.
        public var downloadSilence: Duration = .seconds(30)
        /// The time limit of one image.
        public var downloadTimeout: Duration = .seconds(300)
        /// How many queries may wait for their turn. Further queries fail with `overloaded`.
        public var maximumWaiting = 100_000
        /// The sources of the API key.
        public var credentials = Credentials()
        /// The source of the account's webhook key, which signs callbacks.
        package var webhookCredentials = Credentials(variable: "KIE_WEBHOOK_KEY")

        /// - Parameters:
        ///   - endpoint: the address of the API.
        ///   - credentials: the sources of the API key.
        public init(endpoint: String = "https://api.kie.ai", credentials: Credentials = Credentials()) {
            self.endpoint = endpoint
            self.credentials = credentials
        }
    }
}
