/// The times and sizes that all bridges of a fleet agree on.
package enum FleetLimits {
    /// How often a bridge says that it is there.
    package static let heartbeat: Duration = .seconds(1)
    /// A bridge that was silent for so long is not there, and its claims are void.
    package static let silence: Duration = .seconds(5)
    /// An interactive call waits for the claim of a bridge that was silent for so long no more.
    package static let interactiveSilence: Duration = .seconds(2)
    /// How far ahead of the present a slot may lie.
    package static let horizon: Duration = .seconds(1)
    /// How far ahead a slot of a background query may lie: an interactive query that comes then waits no longer.
    package static let backgroundHorizon: Duration = .milliseconds(250)
    /// A claim is void after so long, although its bridge lives: no query takes longer.
    package static let claim: Duration = .seconds(90)
    /// How long an operation of a store takes at the most.
    package static let patience: Duration = .seconds(1)
    /// How long a reading is kept.
    package static let retention: Duration = .seconds(3600)
    /// How long a final reading is kept.
    package static let finalRetention: Duration = .seconds(86_400)
    /// The longest wait that a store names when no slot is free. A bridge that comes back then gets another answer.
    package static let longestWait: Duration = .seconds(10)
    /// The longest pause after the API asked for one.
    package static let longestPause: Duration = .seconds(600)
    /// The size of a stored reading in bytes, at the most.
    package static let readingBytes = 16 * 1024
    /// Queries per second at the least, however slow the slowest bridge is: one a minute.
    package static let slowestRate = 1.0 / 60
}
