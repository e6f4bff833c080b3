import CoverModel

/// What one bridge knows of its fleet. A value without I/O: ``FleetMember`` locks it, and emits what it decides.
struct Membership: Sendable {
    private enum Phase {
        case joining
        case present
        /// The store has not answered since a moment; whether people have heard of it.
        case away(since: Duration, isReported: Bool)
    }

    /// What stands in the way of a query, as far as this bridge knows without asking the store.
    enum Outlook: Sendable, Hashable {
        /// The store has not answered yet.
        case joining
        /// The store does not answer.
        case alone
        case paused(until: Duration, isMaintenance: Bool)
        /// Another bridge makes this query.
        case claimed
        case free
    }

    /// How long the store may be away before people hear of it.
    static let quietAbsence: Duration = .seconds(1)
    /// How long a claim that was announced is believed. The store says whether it still stands.
    static let claimBelief: Duration = .seconds(1)
    /// How many claims of others are remembered.
    private static let mostClaims = 10_000

    let bridge: FleetBridge
    /// How many bridges to expect at the least.
    private let expectedBridges: Int
    private var phase = Phase.joining
    private(set) var bridges: [FleetBridge.ID] = []
    /// The fleet's rate as it was last seen.
    private var rate: Double
    private var pause: (until: Duration, isMaintenance: Bool)?
    /// Until when the claims of other bridges are believed.
    private var claims: [TaskID: Duration] = [:]
    var tolerance = FleetSlot.Tolerance()
    /// How often announcements were lost, or the store began again. Slots from before are in no budget any more.
    private(set) var gaps = 0

    init(_ bridge: FleetBridge, expectedBridges: Int) {
        self.bridge = bridge
        self.expectedBridges = expectedBridges
        rate = bridge.rate
    }

    var state: FleetStatistics.State {
        switch phase {
        case .joining: .joining
        case .present: .present
        case .away: .away
        }
    }

    /// Queries per second of this bridge while the store is away.
    var share: Double {
        let count = max(bridges.count, expectedBridges, 1)
        return max(min(rate, bridge.rate) / Double(count), FleetLimits.slowestRate)
    }

    /// - Parameter taskId: nil for a query that is not about a task's record.
    func outlook(for taskId: TaskID?, at now: Duration) -> Outlook {
        switch phase {
        case .joining: return .joining
        case .away: return .alone
        case .present: break
        }
        if let pause, pause.until > now { return .paused(until: pause.until, isMaintenance: pause.isMaintenance) }
        if let until = taskId.flatMap({ claims[$0] }), until > now { return .claimed }
        return .free
    }

    func isPaused(at now: Duration) -> Bool { pause.map { $0.until > now } ?? false }

    /// The store has answered a heartbeat.
    ///
    /// - Parameter now: when the bridge called the store.
    /// - Returns: what is new.
    mutating func seen(_ view: FleetView, at now: Duration) -> [FleetEvent] {
        var events: [FleetEvent] = []
        if case .away = phase { events.append(.together) }
        phase = .present
        rate = view.rate
        if bridges != view.bridges {
            bridges = view.bridges
            events.append(.timed(timing))
        }
        if let pause = view.pause {
            events += paused(pause, at: now)
        } else if pause != nil {
            // The announcement was lost.
            events += resumed()
        }
        return events
    }

    /// The store did not answer.
    /// - Returns: what is new.
    mutating func lost(_ error: FleetStoreError, at now: Duration) -> [FleetEvent] {
        switch phase {
        case .joining, .present:
            phase = .away(since: now, isReported: false)
            claims = [:]
            pause = nil
            return [.alone(rate: share)]
        case .away(let since, isReported: false) where now - since >= Self.quietAbsence:
            phase = .away(since: since, isReported: true)
            return [.degraded(error.message)]
        case .away: return []
        }
    }

    /// Takes what another bridge announced.
    /// - Returns: what is new, and the task whose queries may go on; nil: those of all tasks.
    mutating func heard(_ announcement: FleetAnnouncement, at now: Duration) -> [FleetEvent] {
        switch announcement {
        case .reading(let taskId, let reading):
            claims[taskId] = nil
            return [.reading(taskId, reading.asReading)]
        case .claimed(let taskId, let claimant, let duration):
            guard claimant != bridge.id else { return [] }
            if claims.count >= Self.mostClaims { claims = claims.filter { $0.value > now } }
            if claims.count < Self.mostClaims { claims[taskId] = now + min(duration, Self.claimBelief) }
            return []
        case .freed(let taskId):
            claims[taskId] = nil
            return []
        case .paused(let pause): return paused(pause, at: now)
        case .resumed: return resumed()
        case .gap:
            claims = [:]
            gaps += 1
            return []
        }
    }

    /// The API asked for a pause.
    mutating func paused(_ pause: FleetPause, at now: Duration) -> [FleetEvent] {
        let until = now + pause.remaining
        let isMaintenance = pause.cause == .maintenance
        // Every heartbeat says it again, a little later or sooner.
        let isKnown = self.pause.map { abs(($0.until - until).inSeconds) < 0.5 } ?? false
        self.pause = (until, isMaintenance)
        guard !isKnown, until > now else { return [] }
        return [.paused(until: until, isMaintenance: isMaintenance)]
    }

    private mutating func resumed() -> [FleetEvent] {
        pause = nil
        return [.resumed]
    }

    private var timing: FleetTiming {
        let (id, bridges) = (bridge.id, bridges)
        return FleetTiming {
            (FleetSchedule.jitter(of: $0, after: $1) - 0.9) / 0.2
        } delay: {
            FleetSchedule.delay(of: $0, by: id, among: bridges)
        }
    }
}

extension FleetReading {
    /// The reading as one of this bridge's own.
    var asReading: Reading { Reading(number: 0, result, shared: shared) }

    var shared: SharedReading {
        SharedReading(number: number, faults: faults, failingFor: failingFor, age: age)
    }
}
