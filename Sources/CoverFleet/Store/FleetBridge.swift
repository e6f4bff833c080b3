/// A bridge in a fleet, as the others see it.
package struct FleetBridge: Sendable, Hashable {
    /// Distinguishes this bridge from all others, including earlier ones in the same process: a random number.
    package struct ID: Sendable, Hashable, Comparable {
        package let number: UInt64

        package init(_ number: UInt64) { self.number = number }

        package static func < (left: ID, right: ID) -> Bool { left.number < right.number }
    }

    package let id: ID
    /// Queries per second that its user allows.
    package let rate: Double
    /// Queries that may go at once after a rest.
    package let burst: Double
    /// What people call it, as in `serve 4711 on worker-1`; at most 100 characters.
    package let name: String

    package init(id: ID, rate: Double, burst: Double, name: String) {
        self.id = id
        self.rate = rate
        self.burst = burst
        self.name = String(name.prefix(100))
    }
}

/// What a bridge must know of the others.
package struct FleetView: Sendable, Hashable {
    /// The bridges that are there, this one included, in the order of their ids.
    package var bridges: [FleetBridge.ID]
    /// Queries per second of the whole fleet: the lowest rate among the bridges.
    package var rate: Double
    /// The highest rate among the bridges; it differs from ``rate`` where the bridges were started with different ones.
    package var highestRate: Double
    /// The pause of all queries that is on now; nil where there is none.
    package var pause: FleetPause?

    package init(bridges: [FleetBridge.ID], rate: Double, highestRate: Double, pause: FleetPause?) {
        self.bridges = bridges
        self.rate = rate
        self.highestRate = highestRate
        self.pause = pause
    }
}

/// A pause of all queries that the API asked for.
package struct FleetPause: Sendable, Hashable {
    package enum Cause: String, Sendable {
        case rateLimited, maintenance
    }

    package var cause: Cause
    /// For how long from now. Zero: it is over, and one query finds out whether the API agrees.
    package var remaining: Duration

    package init(cause: Cause, remaining: Duration) {
        self.cause = cause
        self.remaining = remaining
    }
}
