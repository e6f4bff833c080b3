/// Thrown if a call meets a pause after a 429 or 455. Nothing was sent, so this error does not count as a reading.
package struct QueriesPaused: Error, Sendable {
    /// The error for the caller: `rateLimited` or `maintenance`, with the rest of the pause.
    package let error: CoverError

    /// - Parameter pausing: who pauses.
    package init(isMaintenance: Bool, for remaining: Duration, pausing: String = "the fleet pauses") {
        let cause = isMaintenance ? "The API is under maintenance" : "The API asked for fewer queries"
        error = CoverError(
            isMaintenance ? .maintenance : .rateLimited,
            "\(cause); \(pausing).",
            retryAfter: max(remaining.inSeconds, 0)
        )
    }

    /// The rest of the pause.
    package var remaining: Duration { .seconds(error.retryAfter ?? 0) }
}
