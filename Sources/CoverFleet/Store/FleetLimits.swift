/// The times and sizes that all bridges of a fleet agree on.
package enum FleetLimits {
    /// How often a bridge sends a heartbeat.
    package static let heartbeat: Duration = .seconds(1)
    /// A bridge without a heartbeat for this long is absent, and its claims are void.
    package static let silence: Duration = .seconds(5)
    /// An interactive call no longer waits for the claim of a bridge that was silent for this long.
    package static let interactiveSilence: Duration = .seconds(2)
    /// How far in the future a slot may be.
    package static let horizon: Duration = .seconds(1)
    /// How far in the future the slot of a background query may be. An interactive query that comes then waits no longer than this.
    package static let backgroundHorizon: Duration = .milliseconds(250)
    /// A claim is void after this time, even if its bridge lives: no query takes longer.
    package static let claim: Duration = .seconds(90)
    /// The most time for an operation of a store.
    package static let patience: Duration = .seconds(1)
    /// An error of this age is out of date: its cause may be gone. Other bridges do not get it any more.
    package static let errorAge: Duration = .seconds(30)
    /// How long a reading is kept.
    package static let retention: Duration = .seconds(3600)
    /// How long a final reading is kept.
    package static let finalRetention: Duration = .seconds(86_400)
    /// The longest wait that a store answers when no slot is free. A bridge that asks again then gets another answer.
    package static let longestWait: Duration = .seconds(10)
    /// The longest pause after the API asked for one.
    package static let longestPause: Duration = .seconds(600)
    /// The most bytes of a stored reading.
    package static let readingBytes = 16 * 1024
    /// The least queries per second, however slow the slowest bridge is: one a minute.
    package static let slowestRate = 1.0 / 60
}
