import CoverModel

extension CoverClient {
    public struct Configuration: Sendable {
        /// Where the API is, perhaps with a path in front of its own paths. https, or http on this machine.
        public var endpoint = "https://api.kie.ai"
        /// Where a task's record is asked for.
        public var recordAPI = RecordAPI.cover
        /// The budget: queries per second over everything that this client does.
        public var rate = Limits.rate
        /// How many queries may go at once after a pause. Nil: a tenth of a second's worth, at least one.
        public var burst: Double?
        /// How long one HTTP request may take, once it is its turn.
        public var requestTimeout: Duration = .seconds(30)
        /// How long one image may take.
        public var downloadTimeout: Duration = .seconds(300)
        /// How many queries may wait for their turn before more are refused as `overloaded`.
        public var maximumWaiting = 100_000
        public var credentials = Credentials()
        /// Where the key of the account's webhooks comes from, which callbacks are signed with.
        package var webhookCredentials = Credentials(variable: "KIE_WEBHOOK_KEY")

        public init(endpoint: String = "https://api.kie.ai", credentials: Credentials = Credentials()) {
            self.endpoint = endpoint
            self.credentials = credentials
        }
    }
}
