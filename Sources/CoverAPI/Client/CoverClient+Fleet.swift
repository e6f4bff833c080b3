package import CoverModel
import Synchronization

/// What a client does where bridges share its key.
extension CoverClient {
    /// The client's part in its fleet; nil: there is no fleet.
    package var fleetStatistics: FleetStatistics? { fleet?.statistics }

    /// What the bridges of one fleet have in common: the API's origin, what is asked for, and the key, none of which can be read from it.
    ///
    /// - Throws: `missingCredentials`.
    package var fleetGroup: String {
        get async throws(CoverError) {
            try await keyring.key().digest(of: "\(endpoint.origin)\n\(configuration.recordAPI.rawValue)")
        }
    }

    /// Registers the function that hears what happens in the fleet.
    package func onFleetEvent(_ hear: @escaping @Sendable (FleetEvent) -> Void) {
        fleetHearer.withLock { $0 = hear }
    }

    func hear(_ event: FleetEvent) {
        let hear = fleetHearer.withLock(\.self)
        switch event {
        case .reading(let taskId, let reading):
            // Newer than what this client has sent by now, and older than what it sends from now on.
            let number = counters.withLock { UInt64($0.requests) }
            hear?(.reading(taskId, Reading(number: number, reading.result, shared: reading.shared)))
            return
        case .alone(let rate): limiter.restart(rate: rate, burst: max(1, rate / 10))
        case .together: limiter.restart(rate: configuration.rate, burst: configuration.effectiveBurst)
        case .paused, .resumed, .timed, .degraded: break
        }
        hear?(event)
    }

    /// Reads a task in the fleet. This client's own budget comes first, so that the store is asked no more often than it allows.
    func read(
        _ taskId: TaskID,
        _ freshness: FleetFreshness,
        _ priority: QueryPriority,
        _ flight: Int,
        _ outgoing: OutgoingQuery,
        in fleet: any QueryFleet
    ) async throws -> Reading {
        // Without a key no other bridge need wait.
        _ = try await keyring.key()
        if !outgoing.holdsTurn {
            try await limiter.acquire(priority, requestNumber: flight)
            outgoing.grantTurn()
        }
        let result = try await fleet.read(taskId, freshness, isUrgent: priority == .interactive) { [self] in
            try await self.result(of: taskId, priority, flight, outgoing)
        }
        let number = outgoing.number > 0 ? outgoing.number : counters.withLock { UInt64($0.requests) }
        return Reading(number: number, result.result, shared: result.shared)
    }
}
