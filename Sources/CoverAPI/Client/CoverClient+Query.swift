import CoverModel
import Jansson
import Logging
import Synchronization

/// One HTTP request to the API.
struct Query: Sendable {
    var method = "GET"
    var url: String
    var body: [UInt8]?
    /// A text that must not appear in an error, even if the API repeats it: the callback URL.
    var confidential: String?
}

extension CoverClient {
    /// An answer and its meaning.
    struct Answer: Sendable {
        let head: ExchangeHead
        /// The length of the body in bytes.
        let bodyLength: Int
        let outcome: ResponseReader.Outcome
        let receivedAt: Timestamp

        /// The error, if the API asks for a pause of all queries.
        var throttling: CoverError? {
            if case .error(let error, _) = outcome, error.isThrottling { error } else { nil }
        }
    }

    static let userAgent = "cover-bridge/" + coverBridgeVersion
    /// The longest answer that is read, in bytes.
    static let largestAnswer = 8 * 1024 * 1024

    /// Sends one query when its turn comes. If the API refuses the key, the key is read again, and the query is
    /// repeated once if the key has changed.
    func send(
        _ query: Query,
        priority: QueryPriority,
        requestNumber: Int,
        outgoing: OutgoingQuery = OutgoingQuery(hasTurn: false)
    ) async throws -> Answer {
        let key = try await keyring.key()
        let answer = try await send(query, with: key, priority, requestNumber, outgoing)
        guard case .error(let error, _) = answer.outcome, error.kind == .unauthorized || error.httpStatus == 401,
            let replacement = await keyring.replacement(for: key)
        else { return answer }
        logger.info("The API refused the key; the key file holds another one, which is tried.")
        return try await send(query, with: replacement, priority, requestNumber, outgoing)
    }

    private func send(
        _ query: Query,
        with key: APIKey,
        _ priority: QueryPriority,
        _ requestNumber: Int,
        _ outgoing: OutgoingQuery
    ) async throws -> Answer {
        if outgoing.takeTurn() { return try await exchange(query, with: key, requestNumber, outgoing) }
        while true {
            try await limiter.acquire(priority, requestNumber: requestNumber)
            guard let fleet else {
                if let answer = try await call(query, with: key, requestNumber, outgoing) { return answer }
                continue
            }
            outgoing.grantTurn()
            defer { if outgoing.takeTurn() { limiter.giveBack(1) } }
            do {
                return try await fleet.ask(isUrgent: priority == .interactive) { [self] in
                    _ = outgoing.takeTurn()
                    return try await exchange(query, with: key, requestNumber, outgoing)
                } throttling: {
                    $0.throttling
                }
            } catch is FleetTurnVoid {
                // The turn is not given back, because the budget that granted it no longer exists.
                _ = outgoing.takeTurn()
            }
        }
    }

    /// Sends one query now, unless calls pause because the API asked for fewer queries.
    ///
    /// - Returns: nil if the query needs a new turn.
    /// - Throws: ``CoverModel/QueriesPaused``, and the errors of the query.
    private func call(
        _ query: Query,
        with key: APIKey,
        _ requestNumber: Int,
        _ outgoing: OutgoingQuery
    ) async throws -> Answer? {
        let sent = timeline.now
        switch throttledCalls.withLock({ $0.admit(at: sent) }) {
        case .granted: break
        case .waiting:
            limiter.giveBack(1)
            try await timeline.sleep(for: Self.trialCheck)
            return nil
        case .paused(let pause):
            limiter.giveBack(1)
            throw pause
        }
        func note(_ end: ThrottledCalls.End) {
            throttledCalls.withLock { $0.ended(sent: sent, end, at: timeline.now, random: random()) }
        }
        do {
            let answer = try await exchange(query, with: key, requestNumber, outgoing)
            note(.answered(answer.throttling))
            return answer
        } catch {
            note(error is CancellationError ? .cancelled : .failed)
            throw error
        }
    }

    /// How often a call checks whether the trial after a pause has its answer.
    private static let trialCheck = Duration.milliseconds(100)

    /// Sends one query now.
    private func exchange(_ query: Query, with key: APIKey, _ requestNumber: Int, _ outgoing: OutgoingQuery)
        async throws -> Answer
    {
        let request = ExchangeRequest(
            method: query.method,
            url: query.url,
            headers: [
                ("Authorization", key.authorization), ("Accept", "application/json"),
                ("Content-Type", "application/json"), ("User-Agent", Self.userAgent),
            ],
            body: query.body
        )
        let number = counters.withLock { counters in
            counters.requests += 1
            return UInt64(counters.requests)
        }
        outgoing.markSent(number)
        flights.markSent(requestNumber)
        var response = try await ask(request, requestNumber)
        response.body = redacted(response.body)
        logger.debug(
            "The API answered.",
            metadata: ["status": "\(response.head.status)", "bytes": "\(response.body.count)"]
        )
        let now = timeline.wallTime
        var reader = ResponseReader(profile: endpoint.profile, now: now, confidential: query.confidential)
        if let location = response.head.redirect, let base = WebAddress(query.url) {
            // The keys are removed again at the end, because the parser brings the host into another form.
            reader.redirectTarget = WebAddress(redacting(base.resolve(location))).map { redacting($0.origin) }
        }
        return Answer(
            head: response.head,
            bodyLength: response.body.count,
            outcome: reader.read(response),
            receivedAt: now
        )
    }

    /// - Parameter requestNumber: if it is the number of a flight, a late answer cancels that flight.
    private func ask(_ request: ExchangeRequest, _ requestNumber: Int) async throws -> ExchangeResponse {
        let exchange = exchange
        let limit = configuration.requestTimeout
        func late() -> CoverError {
            CoverError(.requestTimeout, "The API did not answer within \(limit.inSeconds.jsonText) seconds.")
        }
        guard flights.contains(requestNumber) else {
            return try await deadlines.within(limit, expired: late) {
                try await exchange.collect(request, limit: Self.largestAnswer)
            }
        }
        return try await deadlines.within(limit, expired: late) { whenLate in
            whenLate { [flights] in flights.cancel(requestNumber) }
            return try await exchange.collect(request, limit: Self.largestAnswer)
        }
    }
}
