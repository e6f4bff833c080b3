package import Jansson

/// The counters and levels of an engine.
package struct WatchStatistics: Sendable {
    package var watches = 0
    package var waiters = 0
    /// Timers of watches, of their deadlines and of waiters.
    package var timers = 0
    package var inFlight = 0
    /// Queries answered since the process began, with a status or an error.
    package var polls = 0
    package var changes = 0
    package var ended = 0
    /// Queries that failed.
    package var faults = 0
    /// Queries that were not made, because another bridge of the fleet announced its reading.
    package var saved = 0
    /// Readings that were older than what had been emitted.
    package var backwards = 0
    /// How many seconds the query that waits longest is overdue.
    package var lag: Double = 0
    package var health = Health.ok
}

extension WatchStatistics: JSONEncodable {
    package func encode(to writer: inout JSONWriter) {
        writer.object {
            $0.member("watches", watches)
            $0.member("waiters", waiters)
            $0.member("timers", timers)
            $0.member("inFlight", inFlight)
            $0.member("polls", polls)
            $0.member("changes", changes)
            $0.member("ended", ended)
            $0.member("faults", faults)
            $0.member("backwards", backwards)
            $0.member("lag", lag)
            $0.member("health", health)
        }
    }
}
