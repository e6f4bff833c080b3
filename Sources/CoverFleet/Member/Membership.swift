import CoverModel

/// The knowledge of one bridge about its fleet. This is a value without I/O. ``FleetMember`` protects it with a lock,
/// and emits the events that it returns.
struct Membership: Sendable {
    private enum Phase {
        case joining
        case present
        case away(Absence)
        /// The bridge has left its fleet. The bridge makes no more queries, because its process ends.
        case left
    }

    /// The time without the store.
    private struct Absence {
        let since: Duration
        /// The latest reason, and the moment since which it is the reason.
        var cause: (message: String, since: Duration)
        /// The reason that the latest event reported; nil if none did.
        var reported: String?

        /// Whether an event must report the reason. The first report comes when the absence is no longer short. A new
        /// reason is reported when it has stayed for the same time, so changing reasons do not cause many events.
        func isNews(at now: Duration) -> Bool {
            guard let reported else { return now - since >= Membership.quietAbsence }
            return reported != cause.message && now - cause.since >= Membership.quietAbsence
        }
    }

    /// What prevents a query, as far as this bridge knows without calling the store.
    enum Outlook: Sendable, Hashable {
        /// The store has not answered yet, or the bridge has left its fleet.
        case held
        /// The store does not answer.
        case alone
        case paused(until: Duration, isMaintenance: Bool)
        /// Another bridge makes this query.
        case claimed
        case free
    }

    /// How long the store may not answer, or a new reason must stay, before an event reports that.
    static let quietAbsence: Duration = .seconds(1)
    /// How long the bridge trusts an announced claim. After this time the bridge asks the store whether the claim is
    /// still valid.
    static let claimBelief: Duration = .seconds(1)
    /// The largest number of claims of other bridges that this value remembers.
    private static let mostClaims = 10_000

    let bridge: FleetBridge
    /// The least number of bridges to assume while the store does not answer.
    private let expectedBridges: Int
    private var phase = Phase.joining
    private(set) var bridges: [FleetBridge.ID] = []
    /// The last known rate of the fleet.
    private var rate: Double
    private var pause: (until: Duration, isMaintenance: Bool)?
    /// The claims of other bridges: for each task, the moment until which the claim counts.
    private var claims: [TaskID: Duration] = [:]
    private var ownQueries = OwnQueries()
    /// The number of times that the bridge began to work alone, or returned to the fleet. A turn that was granted
    /// before such a moment belongs to another budget.
    private(set) var budgets = 0
    /// How soon the bridge calls its store again while the store does not answer.
    private(set) var retry = FleetLimits.retry
    /// The moment of the last return to the store; nil if there was none.
    private var returnedAt: Duration?
    var tolerance = FleetSlot.Tolerance()
    /// The number of times that announcements were lost or the store was reset. A slot that was granted before such a
    /// moment belongs to no budget.
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
        case .away, .left: .away
        }
    }

    /// The queries per second that this bridge may send while the store does not answer.
    var share: Double {
        let count = max(bridges.count, expectedBridges, 1)
        return max(min(rate, bridge.rate) / Double(count), FleetLimits.slowestRate)
    }

    /// - Parameter taskId: the task of the query; nil for a query that is not about a task's record.
    func outlook(for taskId: TaskID?, at now: Duration) -> Outlook {
        switch phase {
        case .joining, .left: return .held
        case .away: return .alone
        case .present: break
        }
        if let pause, pause.until > now { return .paused(until: pause.until, isMaintenance: pause.isMaintenance) }
        if let until = taskId.flatMap({ claims[$0] }), until > now { return .claimed }
        return .free
    }

    /// Whether queries are held: until the first answer of the store, or until the process ends.
    var holdsQueries: Bool {
        switch phase {
        case .joining, .left: true
        case .present, .away: false
        }
    }

    var hasLeft: Bool { if case .left = phase { true } else { false } }

    mutating func leave() { phase = .left }

    func isPaused(at now: Duration) -> Bool { pause.map { $0.until > now } ?? false }

    /// Records that the store answered a heartbeat.
    ///
    /// - Parameter now: the moment at which the bridge called the store.
    /// - Returns: the events.
    mutating func seen(_ view: FleetView, at now: Duration) -> [FleetEvent] {
        var events: [FleetEvent] = []
        if hasLeft { return events }
        if case .away = phase {
            events.append(.together)
            budgets += 1
            returnedAt = now
        }
        phase = .present
        rate = view.rate
        if bridges != view.bridges {
            bridges = view.bridges
            events.append(.timed(timing))
        }
        if let pause = view.pause {
            events += paused(pause, at: now)
        } else if pause != nil {
            // The announcement that the pause is over was lost.
            events += resumed()
        }
        return events
    }

    /// Records that the store did not answer.
    /// - Returns: the events.
    mutating func lost(_ error: FleetStoreError, at now: Duration) -> [FleetEvent] {
        switch phase {
        case .joining, .present:
            phase = .away(Absence(since: now, cause: (error.message, now)))
            claims = [:]
            pause = nil
            budgets += 1
            let wasShort = returnedAt.map { now - $0 < FleetLimits.heartbeat } ?? false
            retry = wasShort ? min(retry * 2, FleetLimits.longestRetry) : FleetLimits.retry
            return [.alone(rate: share)]
        case .away(var absence):
            if absence.cause.message != error.message { absence.cause = (error.message, now) }
            let isNews = absence.isNews(at: now)
            if isNews { absence.reported = error.message }
            phase = .away(absence)
            return isNews ? [.degraded(error.message)] : []
        case .left: return []
        }
    }

    /// Handles an announcement of another bridge.
    /// - Returns: the events.
    mutating func handle(_ announcement: FleetAnnouncement, at now: Duration) -> [FleetEvent] {
        switch announcement {
        case .reading(let taskId, let reading):
            claims[taskId] = nil
            let isDropped = reading.isOutdatedError || ownQueries.holdsBack(reading, of: taskId)
            return isDropped ? [] : [.reading(taskId, reading.asReading)]
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

    /// Records that this bridge queries a task.
    mutating func querying(_ taskId: TaskID) { ownQueries.begin(taskId) }

    /// Records that this bridge's query of a task has ended.
    ///
    /// - Parameter number: the number of the query's reading; nil if the query has none.
    /// - Returns: the events.
    mutating func queried(_ taskId: TaskID, _ number: ReadingNumber?) -> [FleetEvent] {
        ownQueries.end(taskId, number).map { [.reading(taskId, $0.asReading)] } ?? []
    }

    /// The API asked for a pause.
    mutating func paused(_ pause: FleetPause, at now: Duration) -> [FleetEvent] {
        let until = now + pause.remaining
        let isMaintenance = pause.cause == .maintenance
        // Every heartbeat reports the same pause again, with a slightly different end. Such a report is no new pause.
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
            FleetSchedule.chance(of: $0, after: $1)
        } delay: {
            FleetSchedule.delay(of: $0, by: id, among: bridges)
        }
    }
}

extension FleetReading {
    /// The reading in the form of a reading that this bridge made.
    var asReading: Reading { Reading(number: 0, result, shared: shared) }

    var shared: SharedReading {
        SharedReading(number: number, faults: faults, failingFor: failingFor, age: age)
    }
}
