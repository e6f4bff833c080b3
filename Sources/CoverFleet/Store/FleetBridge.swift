/// A bridge in a fleet, as the other bridges see it.
package struct FleetBridge: Sendable, Hashable {
    /// A random number that identifies this bridge among all others, including earlier bridges in the same process.
    package struct ID: Sendable, Hashable, Comparable {
        package let number: UInt64

        package init(_ number: UInt64) { self.number = number }

        package static func < (left: ID, right: ID) -> Bool { left.number < right.number }
    }

    package let id: ID
    /// The limit of queries per second that its user set.
    package let rate: Double
    /// The largest number of queries that may be sent at once after a time without queries.
    package let burst: Double
    /// The name of the bridge to show to a user, such as `serve 4711 on worker-1`. The name has at most 100 characters.
    package let name: String

    package init(id: ID, rate: Double, burst: Double, name: String) {
        self.id = id
        self.rate = rate
        self.burst = burst
        self.name = String(name.prefix(100))
    }
}

/// The information about the fleet that a store returns to a bridge.
package struct FleetView: Sendable, Hashable {
    /// The present bridges, including this one, in the order of their ids.
    package var bridges: [FleetBridge.ID]
    /// The queries per second of the whole fleet. This is the lowest rate among the bridges.
    package var rate: Double
    /// The highest rate among the bridges. It differs from ``rate`` if the bridges were started with different rates.
    package var highestRate: Double
    /// The current pause of all queries; nil if there is none.
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
    /// The remaining time of the pause. Zero means that the time is over, and that one query tests whether the API
    /// answers again.
    package var remaining: Duration

    package init(cause: Cause, remaining: Duration) {
        self.cause = cause
        self.remaining = remaining
    }
}
