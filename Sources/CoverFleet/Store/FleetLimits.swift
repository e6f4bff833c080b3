/// The times and sizes that all bridges of a fleet agree on.
package enum FleetLimits {
    /// How often a bridge sends a heartbeat.
    package static let heartbeat: Duration = .seconds(1)
    /// How soon a bridge calls its store again after the store did not answer. The time is short, because the fleet
    /// exceeds its budget while some bridges are back and others still work alone.
    package static let retry: Duration = .milliseconds(250)
    /// The longest such time. After each return to the store that lasted less than a heartbeat, the time doubles.
    /// Otherwise a fault that only some operations meet would make a bridge leave and return with each retry.
    package static let longestRetry: Duration = .seconds(4)
    /// If a bridge sends no heartbeat for this time, it counts as absent, and its claims are void.
    package static let silence: Duration = .seconds(5)
    /// An interactive call no longer waits for the claim of a bridge that was silent for this long.
    package static let interactiveSilence: Duration = .seconds(2)
    /// How far in the future a slot may be.
    package static let horizon: Duration = .seconds(1)
    /// How far in the future the slot of a background query may be. So an interactive query that arrives later waits at
    /// most this time for the background query.
    package static let backgroundHorizon: Duration = .milliseconds(250)
    /// A claim is void after this time, even if its bridge is still present. No query takes longer than this.
    package static let claim: Duration = .seconds(90)
    /// The longest time that an operation of a store may take.
    package static let patience: Duration = .seconds(1)
    /// An error of this age is out of date, because its cause may be gone. The store no longer returns such an error to
    /// other bridges.
    package static let errorAge: Duration = .seconds(30)
    /// How long a reading is kept.
    package static let retention: Duration = .seconds(3600)
    /// How long a final reading is kept.
    package static let finalRetention: Duration = .seconds(86_400)
    /// The longest wait that a store returns when no slot is free. After this wait, the bridge asks the store again.
    package static let longestWait: Duration = .seconds(10)
    /// The longest pause after the API asked for one.
    package static let longestPause: Duration = .seconds(600)
    /// The largest size of a stored reading, in bytes.
    package static let readingBytes = 16 * 1024
    /// The lowest rate of a fleet, in queries per second, even if a bridge has a lower rate. It is one query per
    /// minute.
    package static let slowestRate = 1.0 / 60
}
