package import CoverModel
import Logging
import Synchronization

/// How a client works in a fleet, whose bridges share its key.
extension CoverClient {
    /// The statistics of the client's fleet; nil if there is none.
    package var fleetStatistics: FleetStatistics? { fleet?.statistics }

    /// The name of the fleet: a hash of the API's origin, the record endpoint and the key. The hash does not reveal
    /// these three.
    ///
    /// - Throws: `missingCredentials`.
    package var fleetGroup: String {
        get async throws(CoverError) {
            try await keyring.key().digest(of: "\(endpoint.origin)\n\(configuration.recordAPI.rawValue)")
        }
    }

    /// Registers the function that receives the events of the fleet.
    package func onFleetEvent(_ handle: @escaping @Sendable (FleetEvent) -> Void) {
        fleetEventHandler.withLock { $0 = handle }
    }

    func handle(_ event: FleetEvent) {
        let handle = fleetEventHandler.withLock(\.self)
        switch event {
        case .reading(let taskId, let reading):
            // The number is newer than all queries that this client has sent, and older than all that it will send.
            let number = counters.withLock { UInt64($0.requests) }
            handle?(.reading(taskId, Reading(number: number, reading.result, shared: reading.shared)))
            return
        case .alone(let rate):
            limiter.restart(rate: rate, burst: max(1, rate / 10))
            logger.info("The fleet's store does not answer; this bridge works alone.", metadata: ["rate": "\(rate)"])
        case .together:
            limiter.restart(rate: configuration.rate, burst: configuration.effectiveBurst)
            logger.info("The fleet's store answers again; this bridge is back in its fleet.")
        case .paused, .resumed, .timed, .degraded: break
        }
        handle?(event)
    }

    /// Reads a task in the fleet. The query first waits for a turn of this client's own budget. So the store is not
    /// called more often than this budget allows.
    func read(
        _ taskId: TaskID,
        _ freshness: FleetFreshness,
        _ priority: QueryPriority,
        _ flight: Int,
        _ outgoing: OutgoingQuery,
        in fleet: any QueryFleet
    ) async throws -> Reading {
        // The key is checked first. If there is none, no query is sent, and no other bridge should wait for this one.
        _ = try await keyring.key()
        while true {
            if !outgoing.holdsTurn {
                try await limiter.acquire(priority, requestNumber: flight)
                outgoing.grantTurn()
            }
            do {
                let result = try await fleet.read(taskId, freshness, isUrgent: priority == .interactive) { [self] in
                    try await self.result(of: taskId, priority, flight, outgoing)
                }
                let number = outgoing.number > 0 ? outgoing.number : counters.withLock { UInt64($0.requests) }
                return Reading(number: number, result.result, shared: result.shared)
            } catch is FleetTurnVoid {
                // The turn is not given back, because the budget that granted it no longer exists.
                _ = outgoing.takeTurn()
                // A watch requests its turns itself.
                if priority == .background { throw FleetDeferral(until: timeline.now) }
            }
        }
    }
}
