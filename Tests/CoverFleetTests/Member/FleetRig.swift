import CoverFleet
import CoverModel
import Synchronization
import TestSupport

/// Runs bridges of one fleet with a manual clock, for tests.
final class FleetRig: Sendable {
    let clock: ManualClock
    let fleet: MemoryFleet
    let members: [FleetMember]
    private let noted = Mutex(Noted())
    /// A gate that delays the answers of the store to ended claims. The store has already sent the announcements.
    let finishing = Mutex<Gate?>(nil)

    /// Whether the store refuses queries, as if it had a fault that heartbeats do not meet.
    let refusing = Mutex(false)

    private struct Noted {
        var queries: [String] = []
        var outcomes: [String] = []
        var voids: [String] = []
        var begins: [String] = []
        var events: [Int: [String]] = [:]
    }

    private init(_ count: Int, rate: Double, burst: Double, expected: Int) {
        let clock = ManualClock()
        let timeline = clock.timeline()
        self.clock = clock
        fleet = MemoryFleet { timeline.now }
        members = (0..<count).map { number in
            let id = FleetBridge.ID(UInt64(number))
            let bridge = FleetBridge(id: id, rate: rate, burst: burst, name: "bridge \(number)")
            return FleetMember(address: "memory", bridge: bridge, expectedBridges: expected, timeline: timeline)
        }
        for (number, member) in members.enumerated() {
            member.onEvent { [weak self] event in
                self?.noted.withLock { $0.events[number, default: []].append(event.short) }
            }
        }
    }

    /// Runs the bridges while `body` runs. `body` begins when all bridges have joined.
    static func run(
        _ count: Int,
        rate: Double = 10,
        burst: Double = 2,
        expected: Int = 1,
        _ body: (FleetRig) async throws -> Void
    ) async throws {
        let rig = FleetRig(count, rate: rate, burst: burst, expected: expected)
        let runs = rig.members.map { member in
            Task {
                try await member.run {
                    NotingStore(rig.fleet.store()) {
                        rig.note($0)
                    } began: {
                        rig.noteBegin($0)
                        if rig.refusing.withLock(\.self) { throw FleetStoreError(.away, "It refused a command.") }
                    } finished: {
                        await rig.finishing.withLock(\.self)?.pass()
                    }
                }
            }
        }
        defer { for run in runs { run.cancel() } }
        while !rig.members.allSatisfy({ $0.statistics.state == .present }) { await Task.yield() }
        // With the next heartbeat, each bridge learns of the bridges that joined after it.
        await rig.clock.sleepers(atLeast: count)
        rig.clock.advance(by: .seconds(1))
        while !rig.members.allSatisfy({ $0.statistics.bridges == count }) { await Task.yield() }
        await rig.clock.sleepers(atLeast: count)
        try await body(rig)
    }

    var queries: [String] { noted.withLock(\.queries) }
    /// For each claim that ended, the task and how the claim ended, in order.
    var outcomes: [String] { noted.withLock(\.outcomes) }
    func events(of number: Int) -> [String] { noted.withLock { $0.events[number] ?? [] } }

    /// Waits until this many queries sleep. The sleeping heartbeats do not count.
    func waits(_ count: Int) async { await clock.sleepers(atLeast: members.count + count) }

    /// Advances the clock by some seconds. All bridges send their heartbeat in each second.
    func pass(_ duration: Duration) async throws {
        var passed: Duration = .zero
        while passed < duration {
            await clock.sleepers(atLeast: members.count)
            clock.advance(by: .seconds(1))
            passed += .seconds(1)
        }
        await clock.sleepers(atLeast: members.count)
    }

    func read(
        _ taskId: TaskID,
        by number: Int,
        _ freshness: FleetFreshness = .newer(than: nil, orWithin: .seconds(30)),
        isUrgent: Bool = false,
        query: @escaping @Sendable () async throws -> Void = {}
    ) async throws -> FleetResult {
        while true {
            do {
                return try await members[number].read(taskId, freshness, isUrgent: isUrgent) { [self] in
                    noted.withLock { $0.queries.append("\(number) \(taskId)") }
                    do { try await query() } catch let error as CoverError { return .failure(error) }
                    return .success(.scripted(taskId, .pending))
                }
            } catch is FleetTurnVoid {
                noted.withLock { $0.voids.append("\(number) \(taskId)") }
            }
        }
    }

    func ask(by number: Int) async throws {
        while true {
            do {
                return try await members[number].ask(isUrgent: true) { [self] in
                    noted.withLock { $0.queries.append("\(number) -") }
                } throttling: { _ in
                    nil
                }
            } catch is FleetTurnVoid {
                noted.withLock { $0.voids.append("\(number) -") }
            }
        }
    }

    /// The queries whose turn was void. The rig repeats such a query, as a client does with a new turn.
    var voids: [String] { noted.withLock(\.voids) }

    /// The tasks of the requests to the store, in order.
    var begins: [String] { noted.withLock(\.begins) }

    private func noteBegin(_ taskId: TaskID) { noted.withLock { $0.begins.append(taskId.text) } }

    private func note(_ outcome: String) { noted.withLock { $0.outcomes.append(outcome) } }
}

/// A store that records how claims end.
private struct NotingStore: FleetStore {
    let store: MemoryFleetStore
    let note: @Sendable (String) -> Void
    let began: @Sendable (TaskID) throws -> Void
    let finished: @Sendable () async -> Void

    init(
        _ store: MemoryFleetStore,
        note: @escaping @Sendable (String) -> Void,
        began: @escaping @Sendable (TaskID) throws -> Void,
        finished: @escaping @Sendable () async -> Void
    ) {
        (self.store, self.note, self.began, self.finished) = (store, note, began, finished)
    }

    var announcements: AsyncStream<FleetAnnouncement> { store.announcements }
    func join(_ bridge: FleetBridge) async throws -> FleetView { try await store.join(bridge) }
    func beat() async throws -> FleetView { try await store.beat() }
    func leave() async throws { try await store.leave() }
    func begin(_ request: FleetRequest) async throws -> FleetAnswer {
        try began(request.taskId)
        return try await store.begin(request)
    }
    func take(_ urgency: FleetUrgency) async throws -> FleetTurn { try await store.take(urgency) }
    func overview(tasks: Int) async throws -> FleetOverview { try await store.overview(tasks: tasks) }
    func close() async { await store.close() }

    func finish(_ claim: FleetClaim, _ outcome: FleetOutcome) async throws -> FleetReceipt {
        let receipt = try await store.finish(claim, outcome)
        note("\(claim.taskId?.text ?? "-") \(outcome.short)")
        await finished()
        return receipt
    }
}

extension FleetOutcome {
    fileprivate var short: String {
        switch self {
        case .answered: "answered"
        case .succeeded: "succeeded"
        case .throttled: "throttled"
        case .failed: "failed"
        case .dropped: "dropped"
        }
    }
}

extension FleetEvent {
    fileprivate var short: String {
        switch self {
        case .reading(let taskId, _): "reading \(taskId)"
        case .paused: "paused"
        case .resumed: "resumed"
        case .timed: "timed"
        case .alone(let rate): "alone \(rate)"
        case .degraded: "degraded"
        case .together: "together"
        }
    }
}
