import Logging
import Synchronization

extension CoverClient {
    /// What came back, and what is needed to read it.
    struct Answer {
        var response: ExchangeResponse
        var envelope: Envelope
    }

    /// Sends one query when it is its turn. A refused key is looked up again, and the query repeated once where it changed.
    func query(
        _ method: String = "GET",
        _ url: String,
        body: [UInt8]? = nil,
        confidential: String? = nil,
        priority: QueryPriority,
        ticket: Int
    ) async throws -> Answer {
        let key = try keyring.key()
        let answer = try await send(method, url, body, confidential, key, priority, ticket)
        guard case .error(let error, _) = answer.envelope.read(answer.response), error.kind == .unauthorized,
            let replacement = keyring.replacement(for: key)
        else { return answer }
        logger.info("The API refused the key; the key file holds another one, which is tried.")
        return try await send(method, url, body, confidential, replacement, priority, ticket)
    }

    private func send(
        _ method: String,
        _ url: String,
        _ body: [UInt8]?,
        _ confidential: String?,
        _ key: APIKey,
        _ priority: QueryPriority,
        _ ticket: Int
    ) async throws -> Answer {
        try await limiter.acquire(priority, ticket: ticket)
        let request = ExchangeRequest(
            method: method,
            url: url,
            headers: [
                ("Authorization", key.authorization), ("Accept", "application/json"),
                ("Content-Type", "application/json"), ("User-Agent", Self.userAgent),
            ],
            body: body
        )
        counters.withLock { $0.requests += 1 }
        let exchange = exchange
        let limit = configuration.requestTimeout
        let response = try await timeline.within(limit) {
            CoverError(.requestTimeout, "The API did not answer within \(limit.inSeconds) seconds.")
        } work: {
            try await exchange.collect(request, limit: Self.largestAnswer)
        }
        logger.debug(
            "API answered",
            metadata: ["status": "\(response.head.status)", "bytes": "\(response.body.count)"]
        )
        let envelope = Envelope(
            profile: endpoint.profile,
            now: timeline.wallTime,
            key: key,
            confidential: confidential
        )
        return Answer(response: response, envelope: envelope)
    }

    static let userAgent = "cover-bridge/" + coverBridgeVersion
}
